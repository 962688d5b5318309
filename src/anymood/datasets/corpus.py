"""Labelled posts: examples, corpora and their labels."""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from anymood.errors import TableError
from anymood.labels import LabelSet
from anymood.posts import Post, Problem, Used, has_text
from anymood.tables.usual_names import USUAL_SENTIMENTS
from anymood.wording import plural, short_label

Split: TypeAlias = Literal["train", "validation", "test"]

# Names of the parts in MSED and GoEmotions.
RELEASED_PARTS: dict[str, Split] = {"train": "train", "dev": "validation", "test": "test"}

# Classes of MVSA and SemEval.
SENTIMENT = LabelSet(("negative", "neutral", "positive"))
# Classes of MSED, and groups of the 28 of GoEmotions.
EMOTION = LabelSet(("anger", "disgust", "fear", "happiness", "neutral", "sadness"))

MAX_TYPO_POSTS = 2  # posts of a label that may be a typing mistake
MAX_TYPO_SHARE = 0.05  # the same, as a share of the posts of the other label
MIN_LETTERS = 3  # of a label that may be a typing mistake
_WHOLE_NUMBER = re.compile(r"^([+-]?\d+)\.0+$")
_SIGNS = re.compile(r"(?!\+|^-|-$)[\W_]")  # except those of B+ and B-


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


def presence(post: Post) -> Used:
    """The presence pattern of a post: ``both``, ``text``, ``image`` or ``none``."""
    if post.image is None:
        return "text" if has_text(post.text) else "none"
    return "both" if has_text(post.text) else "image"


def similar_labels(counts: Mapping[str, int], *, few_share: float = 0.0) -> list[tuple[str, str]]:
    """Pairs of a rare label and the frequent label that it resembles.

    Two names are similar if they are the same when ``folded``, if they differ only in whitespace and punctuation, or by
    one insertion, deletion, substitution or transposition of neighbours. In the last case, the rare label has at most
    ``MAX_TYPO_POSTS`` posts, and both have at least three letters. Other names without letters, such as -1 and 1, or
    emoji, are never similar, nor are usual names of two sentiments, such as neg and neu.

    Args:
        counts: number of posts of each label.
        few_share: maximum number of posts of the rare label, as a share of those of the other label, if that is larger.
    """
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    pairs = []
    for place, rare in enumerate(ordered):
        for usual in ordered[:place]:
            letters = min(sum(map(str.isalpha, rare)), sum(map(str.isalpha, usual)))
            same = (letters > 0 and _plain(rare) == _plain(usual)) or folded(rare) == folded(usual)
            is_rare = counts[rare] < counts[usual] and counts[rare] <= max(MAX_TYPO_POSTS, few_share * counts[usual])
            is_misspelt = is_rare and letters >= MIN_LETTERS and one_edit_apart(_plain(rare), _plain(usual))
            if same or (is_misspelt and not _are_sentiments(rare, usual)):
                pairs.append((rare, usual))
                break
    return pairs


def folded(name: str) -> str:
    """A label without differences of case, whitespace and invisible characters, such as the variants of an emoji.

    The .0 of integers is removed, too, which data frames add in columns with missing values.
    """
    whole = unicodedata.normalize("NFKC", name).casefold().replace("i\u0307", "i")  # the capital I of Turkish
    plain = " ".join("".join(one for one in whole if not _is_invisible(one)).split())
    return _WHOLE_NUMBER.sub(r"\1", plain)


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"  # variation selectors


def one_edit_apart(one: str, other: str) -> bool:
    """Whether the Damerau-Levenshtein distance of two names is 1."""
    from symspellpy.editdistance import DistanceAlgorithm, EditDistance

    return bool(EditDistance(DistanceAlgorithm.DAMERAU_OSA).compare(one, other, 1) == 1)


def _are_sentiments(one: str, other: str) -> bool:
    """Whether two names are usual ones of different sentiments."""
    sentiments = {USUAL_SENTIMENTS.get(_plain(name)) for name in (one, other)}
    return len(sentiments - {None}) == len((one, other))


def _plain(name: str) -> str:
    return _SIGNS.sub("", name.strip()).casefold()
