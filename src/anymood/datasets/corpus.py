"""Labelled posts: examples, corpora and their labels."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from anymood.errors import TableError
from anymood.labels import LabelSet
from anymood.posts import Post, Problem, Used, has_text
from anymood.wording import counted, plural, short_label

Split: TypeAlias = Literal["train", "validation", "test"]

# Names of the parts in MSED and GoEmotions.
RELEASED_PARTS: dict[str, Split] = {"train": "train", "dev": "validation", "test": "test"}

# Classes of MVSA and SemEval.
SENTIMENT = LabelSet(("negative", "neutral", "positive"))
# Classes of MSED, and groups of the 28 of GoEmotions.
EMOTION = LabelSet(("anger", "disgust", "fear", "happiness", "neutral", "sadness"))


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled post.

    Attributes:
        post: text, image or both.
        label: class index of the post.
        split: its part, if the data has splits.
        text_label: class index of the text alone, if text and image are annotated separately.
        image_label: class index of the image alone, likewise.
        source: name of the data source.
    """

    post: Post
    label: int
    split: Split | None = None
    text_label: int | None = None
    image_label: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled posts of one source, and the problems of reading them.

    Examples may have problems: one whose image file is missing keeps its text. Only posts without text and image, or
    without a valid label, are excluded.

    Attributes:
        name: name of the table or corpus.
        labels: the classes.
        examples: the labelled posts.
        problems: what was wrong with rows.
        notes: assumptions to show to the user, such as the column that is read as the text.
    """

    name: str
    labels: LabelSet
    examples: tuple[Example, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.examples)

    def __repr__(self) -> str:
        return f"<Corpus {self.name!r}: {plural(len(self), 'example')}, {plural(len(self.problems), 'problem')}>"

    def select(self, split: Split) -> "Corpus":
        """The examples of one part, without problems."""
        chosen = tuple(example for example in self.examples if example.split == split)
        return Corpus(f"{self.name}/{split}", self.labels, chosen)

    def to_train(self) -> tuple[Example, ...]:
        """The training examples: those of the split ``train``, and those without a split."""
        return tuple(example for example in self.examples if example.split in ("train", None))

    def patterns(self) -> dict[str, int]:
        """Number of posts by presence pattern: ``both``, ``text`` or ``image``."""
        counts = Counter(presence(example.post) for example in self.examples)
        return {pattern: counts[pattern] for pattern in ("both", "text", "image")}

    def label_counts(self) -> dict[str, int]:
        """Number of posts by label, in the order of the labels."""
        counts = Counter(example.label for example in self.examples)
        return {name: counts[index] for index, name in enumerate(self.labels)}

    def problem_counts(self) -> dict[str, int]:
        """Number of problems by reason, the most frequent first."""
        return dict(Counter(problem.reason.value for problem in self.problems).most_common())

    def with_labels(self, labels: LabelSet) -> "Corpus":
        """The same posts with the class indices of another label set.

        Raises:
            TableError: an example has a label that is not in ``labels``.
        """
        if labels == self.labels:
            return self
        used = {label for e in self.examples for label in (e.label, e.text_label, e.image_label)}
        unknown = [name for index, name in enumerate(self.labels) if name not in labels and index in used]
        if unknown:
            raise TableError(
                f"{self.name} has labels that are not among {', '.join(map(short_label, labels))}: "
                f"{', '.join(map(short_label, unknown))}. "
                "Rename them in the data, or use a label set with them."
            )
        index = [labels.index(name) if name in labels else -1 for name in self.labels]
        moved = tuple(
            replace(
                example,
                label=index[example.label],
                text_label=None if example.text_label is None else index[example.text_label],
                image_label=None if example.image_label is None else index[example.image_label],
            )
            for example in self.examples
        )
        return replace(self, labels=labels, examples=moved)

    def digest(self) -> str:
        """16 hexadecimal digits: a hash of ids, labels and splits, independent of the order of the posts."""
        names = self.labels.names
        lines = sorted(json.dumps([e.post.id, names[e.label], e.split]) for e in self.examples)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def no_examples_error(source: Path | str, noun: str, problems: Sequence[Problem], *, if_empty: str) -> TableError:
    """The error of a source without an example that can be used: its problems by reason, and the first one.

    Args:
        source: the file or folder.
        noun: what an example of it is, such as ``photo``.
        problems: what was wrong with its rows.
        if_empty: the cause if there are no problems.
    """
    counts = Counter(problem.reason.value for problem in problems)
    why = counted(dict(counts.most_common())) or if_empty
    first = f" The first: {problems[0]}" if problems else ""
    return TableError(f"{source} has no {noun} that can be used: {why}.{first}")


def presence(post: Post) -> Used:
    """The presence pattern of a post: ``both``, ``text``, ``image`` or ``none``."""
    if post.image is None:
        return "text" if has_text(post.text) else "none"
    return "both" if has_text(post.text) else "image"
