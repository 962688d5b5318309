"""The data sources of a run, and the posts that are read from them."""

import dataclasses
import hashlib
import json
import os
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from anymood.datasets.corpus import Corpus, Example
from anymood.datasets.duplicates import comparable, image_digest
from anymood.datasets.label_names import similar_labels
from anymood.datasets.reader import open_corpus
from anymood.datasets.splits import split_by_share
from anymood.errors import SettingError, TrainingError
from anymood.labels import LabelSet
from anymood.posts import Problem, Reason, has_text
from anymood.tables.columns import Columns
from anymood.tables.lines import table_path
from anymood.wording import counted, plural, short_label

ContentKey: TypeAlias = tuple[str | None, str | None]  # comparable text and image digest of a post
VALIDATION_SHARE = 0.1  # share of the training posts, if the data has no validation split


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Training and validation posts.

    Attributes:
        labels: the classes.
        train: training posts.
        validation: posts by which the best epoch is selected.
        corpora: the corpora that were read, with their problems.
        test: posts of the table with the split ``test``, which are not used in training.

    Raises:
        TrainingError: there are no training posts, or no validation posts, or a label is no class index.
    """

    labels: LabelSet
    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    corpora: tuple[Corpus, ...] = ()
    test: tuple[Example, ...] = ()

    def __post_init__(self) -> None:
        if not self.train:
            raise TrainingError(
                "There are no training posts. Check the label and split columns of the data; posts that select "
                "the epoch (--validation or validation=) are excluded."
            )
        if not self.validation:
            raise TrainingError("There are no validation posts. Give some rows the split 'validation'.")
        classes = range(len(self.labels))
        for example in (*self.train, *self.validation, *self.test):
            if example.label not in classes:
                raise TrainingError(
                    f"The post {example.post.id!r} has the label {example.label!r:.80}, but labels are class indices "
                    f"from 0 to {len(self.labels) - 1}. Use LabelSet.index."
                )

    def __repr__(self) -> str:
        posts = ", ".join(f"{name} {len(getattr(self, name)):,}" for name in ("train", "validation", "test"))
        return f"<TrainingData: {posts}>"

    @classmethod
    def of(cls, corpus: Corpus, seed: int) -> "TrainingData":
        """Posts of one corpus; without a validation split, a tenth of the training posts is drawn.

        Raises:
            TrainingError: there are no training posts, or no validation posts.
        """
        corpus = with_validation(corpus, seed)
        validation, test = corpus.select("validation").examples, corpus.select("test").examples
        return cls(corpus.labels, corpus.to_train(), validation, (corpus,), test)

    def summary(self) -> str:
        """The numbers of posts and of their labels, as a sentence."""
        counts = Counter(example.label for example in self.train)
        labels = ", ".join(f"{counts[index]:,} {short_label(name)}" for index, name in enumerate(self.labels))
        numbers = (
            f"{plural(len(self.train), 'training post')} ({labels}), {plural(len(self.validation), 'validation post')}."
        )
        learnt, validated = _modalities(self.train), _modalities(self.validation)
        if lacking := " and ".join(f"no {name}" for name in learnt if name not in validated):
            numbers += (
                f" The validation posts have {lacking}, so the classifiers that need one are neither scored nor "
                "calibrated. Copies of a text or an image stay together. To choose these posts, add a column split."
            )
        absent = set(counts) - {example.label for example in self.validation}
        if names := " or ".join(repr(short_label(self.labels.names[index])) for index in sorted(absent)):
            numbers += (
                f" No validation post has the label {names}, so it does not count in the choice of the best epoch, "
                "and its errors are not measured."
            )
        if copies := self._copies():
            numbers += (
                f" {plural(copies, 'validation post')} also {'occurs' if copies == 1 else 'occur'} among the training "
                "posts, so the scores are too high. Put copies into the same split."
            )
        return numbers

    def _copies(self) -> int:
        """The number of validation posts whose text and image are also those of a training post."""
        validated = {comparable(example.post.text) for example in self.validation}
        learnt = set(map(_content_key, _with_texts(self.train, validated))) - {(None, None)}
        return sum(_content_key(each) in learnt for each in _with_texts(self.validation, {text for text, _ in learnt}))

    def label_question(self) -> str | None:
        """A question about labels that are probably typing mistakes or have no training posts; None for no question."""
        learnt = {example.label for example in self.train}
        unseen = [name for index, name in enumerate(self.labels.names) if index not in learnt]
        counts = Counter(self.labels.names[each.label] for each in (*self.train, *self.validation, *self.test))
        pairs = "; ".join(
            f"{rare!r} ({counts[rare]:,}) and {usual!r} ({counts[usual]:,} posts)"
            for rare, usual in similar_labels(counts)
        )
        doubts = [f"Labels with nearly the same name: {pairs}. Each becomes a separate class."] if pairs else []
        if unseen:
            doubts.append(f"No training post has the label {' or '.join(map(repr, unseen))}, so it cannot be learnt.")
        return " ".join(doubts) or None

    def identity(self) -> dict[str, Any]:
        """Values that must be equal for a run to be resumed; plain values for JSON."""
        return {"labels": list(self.labels.names), "posts": self.digest()}

    def matches(self, config: Mapping[str, Any]) -> bool:
        """Whether a run with this configuration was trained on these posts; True if it has no record of them."""
        return all(config.get(name, now) == now for name, now in self.identity().items())

    def digest(self) -> str:
        """16 hexadecimal digits: a hash of order, ids, texts, labels, splits and presence of images."""
        whole = hashlib.sha256()
        for part in (self.train, self.validation):
            for e in part:
                row = [e.post.id, e.post.text, e.post.image is not None, e.label, e.text_label, e.image_label]
                whole.update(json.dumps(row).encode() + b"\n")
            whole.update(b"\n")
        return whole.hexdigest()[:16]


def _modalities(examples: Sequence[Example]) -> list[str]:
    """The modalities that occur in the posts."""
    posts = [example.post for example in examples]
    has = {"text": any(has_text(post.text) for post in posts), "image": any(post.image is not None for post in posts)}
    return [name for name, present in has.items() if present]


@dataclass(frozen=True, kw_only=True)
class DataSources:
    """Tables and corpora of a run; their paths become absolute, so that it can be resumed from any folder.

    Attributes:
        table: a table, or the folder of a corpus. The best epoch is selected on rows of the split ``validation``; rows
            of the split ``test`` are not used.
        unpaired: more tables or corpora, for training only; posts that are also validation posts are excluded.
        validation: a table or corpus for validation, in place of the table's own split: its posts of the split
            ``validation``, or if there are none, those without a split. They are excluded from training.
        protocol: ``clmlf`` or ``ten_folds`` of MVSA, ``deduplicated`` of MSED.
        fold: number of the fold.
        columns: names of the tables' columns.
        image_folder: folder that relative paths of images in tables refer to; by default that of each table.

    Raises:
        SettingError: a table or a folder is not a path, or ``unpaired`` is one path.
    """

    table: str
    unpaired: tuple[str, ...] = ()
    validation: str | None = None
    protocol: str | None = None
    fold: int | None = None
    columns: Columns = field(default_factory=Columns)
    image_folder: str | None = None

    def __post_init__(self) -> None:
        unpaired: object = self.unpaired
        if isinstance(unpaired, str):  # its characters would be read as paths
            raise SettingError(f"'unpaired' is one path. Give a tuple: unpaired=({unpaired!r},)")
        object.__setattr__(self, "table", _absolute(self.table))
        object.__setattr__(self, "unpaired", tuple(map(_absolute, self.unpaired)))
        if self.validation is not None:
            object.__setattr__(self, "validation", _absolute(self.validation))
        if self.image_folder is not None:
            object.__setattr__(self, "image_folder", _absolute(self.image_folder))

    def read(self, seed: int) -> TrainingData:
        """Read all sources.

        Args:
            seed: seed of the split, if the data has no validation posts.

        Raises:
            TableError: one cannot be read, or has labels that the table does not have.
            TrainingError: there are no training posts, or no validation posts.
        """
        corpus = self.open(self.table, protocol=self.protocol, fold=self.fold)
        others: list[Corpus] = []
        if self.validation is None:
            corpus = with_validation(corpus, seed)
            validation = corpus.select("validation").examples
        else:
            others = [self.open(self.validation, corpus.labels)]
            validation = _validation_posts(others[0])
        unpaired = [self.open(source, corpus.labels) for source in self.unpaired]
        if others or unpaired:  # they may share posts with the training posts
            keys = {_content_key(example) for example in validation} - {(None, None)}
            corpus = _without(corpus, keys) if others else corpus
            unpaired = [_without(each, keys) for each in unpaired]
        train = tuple(
            dataclasses.replace(example, source=source)
            for source, each in zip((self.table, *self.unpaired), (corpus, *unpaired), strict=True)
            for example in each.to_train()
        )
        corpora = (corpus, *others, *unpaired)
        return TrainingData(corpus.labels, train, validation, corpora, corpus.select("test").examples)

    def open(
        self, source: str, labels: LabelSet | None = None, *, protocol: str | None = None, fold: int | None = None
    ) -> Corpus:
        """Read one of the sources; the arguments are those of ``open_corpus``."""
        return open_corpus(source, labels, self.columns, protocol=protocol, fold=fold, image_folder=self.image_folder)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "DataSources":
        """The inverse of ``to_dict``."""
        return cls(**{**values, "unpaired": tuple(values["unpaired"]), "columns": Columns(**values["columns"])})


def _absolute(source: str) -> str:
    return os.path.abspath(table_path(source))  # noqa: PTH100 - unlike Path.resolve, it keeps the name of standard input


def _without(corpus: Corpus, keys: set[ContentKey]) -> Corpus:
    """A training corpus without the validation posts, by their text and image."""
    texts = {text for text, _ in keys}  # an image is read only if the text is equal
    examples, problems = [], list(corpus.problems)
    for example in corpus.examples:
        learnt = example.split in ("train", None)
        if learnt and comparable(example.post.text) in texts and _content_key(example) in keys:
            where = f"{corpus.name}, {example.post.id}"
            message = "it is also among the posts that select the epoch; excluded."
            problems.append(Problem(Reason.DUPLICATE_POST, message, where))
        else:
            examples.append(example)
    return dataclasses.replace(corpus, examples=tuple(examples), problems=tuple(problems))


def _with_texts(examples: Sequence[Example], texts: Container[str | None]) -> Iterator[Example]:
    return (example for example in examples if comparable(example.post.text) in texts)


def _content_key(example: Example) -> ContentKey:
    return comparable(example.post.text), image_digest(example.post.image)


def _validation_posts(corpus: Corpus) -> tuple[Example, ...]:
    """Validation posts: those of the split ``validation``, or if there are none, those without a split.

    Raises:
        TrainingError: there are posts, but all are of other splits.
    """
    chosen = corpus.select("validation").examples or tuple(e for e in corpus.examples if e.split is None)
    if corpus.examples and not chosen:
        raise TrainingError(
            f"All posts of {corpus.name} have the split train or test, so none can select the epoch. "
            "Give some the split 'validation', or leave the split column out."
        )
    return chosen


def with_validation(corpus: Corpus, seed: int) -> Corpus:
    """The corpus with a tenth of its training posts as validation, unless it has a validation split.

    Raises:
        TrainingError: no label has enough posts.
    """
    if any(example.split == "validation" for example in corpus.examples):
        return corpus
    training = dataclasses.replace(corpus, examples=corpus.to_train())
    if not training.examples:
        return corpus
    others = tuple(example for example in corpus.examples if example.split not in ("train", None))
    divided = split_by_share(training, validation=VALIDATION_SHARE, test=0.0, seed=seed)
    if not any(example.split == "validation" for example in divided.examples):
        advice = (
            "Label more posts, give some rows the split 'validation', or give another table for them (--validation or "
            "validation=)."
        )
        if len(corpus.labels) > max(3, len(training) / 2):
            advice = (
                f"They have {len(corpus.labels):,} labels: name the label column (--label-column or label=), "
                "or write labels in place of numbers or sentences."
            )
        counts = corpus.problem_counts()
        lost = f" Problems: {counted(counts)}; the first is {corpus.problems[0]}" if counts else ""
        raise TrainingError(
            f"Of the {len(training):,} posts of {corpus.name}, a tenth of each label selects the best epoch, but "
            f"no label has the 5 posts needed; posts with the same text or image count as one. {advice}{lost}"
        )
    return dataclasses.replace(divided, examples=(*divided.examples, *others))
