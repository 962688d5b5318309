"""The posts of a study."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from anymood.datasets.corpus import Corpus, Example, Split, presence
from anymood.datasets.flickr import word_count
from anymood.datasets.reader import CORPORA, reader_of
from anymood.datasets.splits import split_by_share
from anymood.errors import SettingError, TrainingError
from anymood.experiments.study import Study, Trial
from anymood.labels import LabelSet
from anymood.training.data_sources import TrainingData, with_validation

SPLIT_SEED = 0  # for data without a split


@dataclass(frozen=True, slots=True)
class StudyPosts:
    """The parts of one data set.

    Attributes:
        labels: the classes.
        train: training pairs.
        validation: pairs by which the best epoch is selected.
        test: test pairs.
        unpaired: unpaired texts and images for training, which experiment 1 excludes.
        whole: the data set with its parts, and the problems of reading it.
    """

    labels: LabelSet
    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    test: tuple[Example, ...]
    unpaired: tuple[Example, ...]
    whole: Corpus

    def digest(self) -> str:
        """16 hexadecimal digits: a hash of all posts, as in ``TrainingData``."""
        return TrainingData(self.labels, (*self.train, *self.unpaired), (*self.validation, *self.test)).digest()


def read_posts(study: Study, fold: int | None = None) -> StudyPosts:
    """Read the posts of a study.

    Data without a test part is split 80 : 10 : 10; from data without a validation part, a tenth of the training posts
    is held out, both by ``anymood.datasets.splits``. Without a fold, the split is the study's own.

    Raises:
        SettingError: the study has the name of one corpus, and the data is another.
        TableError: the data cannot be read.
        TrainingError: a part has no pairs.
    """
    sources = study.sources
    protocol = sources.protocol if fold is None else study.folds
    _require_named_corpus(study)
    whole = sources.open(sources.table, protocol=protocol, fold=fold)
    splits = {example.split for example in whole.examples}
    if "test" not in splits:
        whole = split_by_share(whole, seed=SPLIT_SEED)
    elif "validation" not in splits:
        whole = with_validation(whole, SPLIT_SEED)
    marked = (replace(e, split=e.split or "train") for e in whole.examples)
    whole = replace(whole, examples=tuple(_without_short_text(e, study.min_words) for e in marked))
    further = sources.unpaired if fold is None else ()  # no trial of a fold learns from unpaired posts
    corpora = [sources.open(source, whole.labels) for source in further]
    learnt = [*whole.select("train").examples, *(e for corpus in corpora for e in corpus.to_train())]
    posts = StudyPosts(
        labels=whole.labels,
        train=_pairs(whole.select("train").examples),
        validation=_pairs(whole.select("validation").examples),
        test=_pairs(whole.select("test").examples),
        unpaired=tuple(e for e in learnt if presence(e.post) in ("text", "image")),
        whole=whole,
    )
    parts: dict[Split, tuple[Example, ...]] = {"train": posts.train, "validation": posts.validation, "test": posts.test}
    for part, examples in parts.items():
        if not examples:
            raise TrainingError(f"{whole.name} has no post with text and image in its part {part}; a study needs some.")
    return posts


def _require_named_corpus(study: Study) -> None:
    reader = reader_of(Path(study.sources.table))
    if study.name in CORPORA and reader is not None and reader.name != study.name:
        raise SettingError(
            f"{study.sources.table} is {reader.title}, not {CORPORA.get(study.name).title}. Give the folder of the "
            "latter, or choose the study of the data: 'table' for data without a separate study."
        )


def pairs_of_share(share: float, pairs: int) -> int:
    """Number of training pairs that remain pairs."""
    return max(1, round(share * pairs))


def posts_of(trial: Trial, posts: StudyPosts) -> TrainingData:
    """The training and validation posts of a trial.

    SI and ST get only images and only texts. With a share below 1, pairs are sampled by the trial's seed, so that a
    smaller share is a subset of a larger one; the other pairs become unpaired texts and images alternately (section
    4.3.2), or are excluded. The sampled pairs are repeated until an epoch is as long as one over all training pairs, so
    that all trials have the same number of steps and the same proportion of pairs.
    """
    train, validation = posts.train, posts.validation
    if trial.system in ("SI", "ST"):
        strip = _image_alone if trial.system == "SI" else _text_alone
        train, validation = (tuple(map(strip, examples)) for examples in (train, validation))
    elif trial.unpaired:
        train += posts.unpaired
    elif trial.share < 1:
        order = np.random.default_rng(trial.seed).permutation(len(train))
        count = pairs_of_share(trial.share, len(train))
        pairs, others = ([train[i] for i in part] for part in (order[:count], order[count:]))
        repeated = (pairs * -(-len(train) // count))[: len(train)]
        unpaired = [_text_alone(e) if i % 2 else _image_alone(e) for i, e in enumerate(others)] if trial.rest else []
        train = (*repeated, *unpaired)
    return TrainingData(posts.labels, train, validation, (posts.whole,))


def _pairs(examples: Iterable[Example]) -> tuple[Example, ...]:
    return tuple(example for example in examples if presence(example.post) == "both")


def _without_short_text(example: Example, min_words: int) -> Example:
    if example.post.text is None or word_count(example.post) >= min_words:
        return example
    return _image_alone(example)


def _image_alone(example: Example) -> Example:
    return replace(example, post=replace(example.post, text=None))


def _text_alone(example: Example) -> Example:
    return replace(example, post=replace(example.post, image=None))
