"""Example posts of a report: the most certain of each label, and those whose text and image contradict each other."""

import numpy as np

from anymood.datasets.duplicates import comparable
from anymood.errors import ImageError
from anymood.evaluation.arrays import Floats, Ints
from anymood.posts import ImageSource
from anymood.preparation.decoding import decode
from anymood.preparation.thumbnails import data_url, thumbnail
from anymood.reporting.results import PostExample
from anymood.reporting.scored import ScoredPosts
from anymood.reporting.times import Times
from anymood.wording import shorten

MAX_EXAMPLES = 6  # examples per label
MAX_EXAMPLES_MANY_LABELS = 3  # the same, if there are more than three labels
CONTRADICTIONS = 6
MIN_DISAGREEMENT = 0.5  # disagreement of an example
TEXT_LENGTH = 400  # characters
SIDE = 160  # pixels of a thumbnail's longer side


class Examples:
    """Selects posts, and makes thumbnails of their images.

    Args:
        posts: scored posts.
        predicted: class index of each, -1 if it has no label.
        copies: group numbers, equal for copies, of which one is shown.
        times: times of the posts, if known.
        thumbnails: whether to make thumbnails.
    """

    def __init__(
        self, posts: ScoredPosts, predicted: Ints, copies: Ints, times: Times | None, *, thumbnails: bool
    ) -> None:
        self._posts, self._predicted, self._copies, self._times = posts, predicted, copies, times
        self._thumbnails = thumbnails
        self._of_copies = np.bincount(copies, minlength=1) if len(copies) else np.zeros(1, np.int64)

    def extremes(self) -> dict[str, tuple[PostExample, ...]]:
        """The posts with the highest probability of each label, except neutral if there are sentiments."""
        labels = self._posts.labels
        shown = [name for name in labels if labels.polarity(name) != 0] if len(labels) == 3 else list(labels)
        most = MAX_EXAMPLES if len(labels) <= 3 else MAX_EXAMPLES_MANY_LABELS
        examples = {}
        for name in shown:
            label = labels.index(name)
            chosen = np.flatnonzero(self._predicted == label)
            order = np.argsort(-self._posts.probabilities[chosen, label], kind="stable")
            examples[name] = self._first(chosen[order], most)
        return examples

    def contradictions(self) -> tuple[PostExample, ...]:
        """The posts with the largest disagreement of text and image, if one is pleasant and the other is unpleasant."""
        values = np.nan_to_num(self._posts.disagreement)
        chosen = np.flatnonzero((values >= MIN_DISAGREEMENT) & (self._predicted >= 0))
        chosen = chosen[[self._is_opposite(index) for index in chosen.tolist()]] if len(chosen) else chosen
        return self._first(chosen[np.argsort(-values[chosen], kind="stable")], CONTRADICTIONS)

    def _is_opposite(self, index: int) -> bool:
        """Whether text and image have labels of opposite polarity, or other labels where the polarity is unknown."""
        top_labels = [self._top_label(scores, index) for scores in (self._posts.text_scores, self._posts.image_scores)]
        labels = [each[0] for each in top_labels if each is not None]
        polarities = [self._posts.labels.polarity(label) for label in labels]
        if len(labels) < 2 or None in polarities:
            return len(set(labels)) != 1
        return {*polarities} == {-1, 1}

    def _first(self, order: Ints, most: int) -> tuple[PostExample, ...]:
        """The first posts, one of each set of copies, and one of those with the same few words."""
        seen: set[int | str | None] = set()
        chosen = []
        for index in order.tolist():
            marks: set[int | str | None] = {int(self._copies[index])}
            if self._posts.images[index] is None:
                marks.add(comparable(self._posts.texts[index]))
            if seen.isdisjoint(marks - {None}):
                seen |= marks
                chosen.append(self._example(index))
            if len(chosen) == most:
                break
        return tuple(chosen)

    def _example(self, index: int) -> PostExample:
        posts = self._posts
        label = int(self._predicted[index])
        disagreement = float(posts.disagreement[index])
        when = None if self._times is None else self._times.values[index]
        text = posts.texts[index]
        return PostExample(
            id=posts.ids[index],
            text=None if text is None else shorten(text, TEXT_LENGTH, in_a_line=False),
            label=posts.labels.names[label],
            probability=float(posts.probabilities[index, label]),
            used=posts.used[index],
            text_says=self._top_label(posts.text_scores, index),
            image_says=self._top_label(posts.image_scores, index),
            disagreement=None if np.isnan(disagreement) else disagreement,
            created=None if when is None or np.isnat(when) else f"{when}Z",
            copies=int(self._of_copies[self._copies[index]]),
            thumbnail=_thumbnail(posts.images[index]) if self._thumbnails else None,
        )

    def _top_label(self, scores: Floats, index: int) -> tuple[str, float] | None:
        row = scores[index]
        if np.isnan(row).any():
            return None
        return self._posts.labels.names[int(row.argmax())], float(row.max())


def _thumbnail(image: ImageSource | None) -> str | None:
    """A small JPEG as a data URL; None if there is no readable image."""
    if image is None:
        return None
    try:
        return data_url(thumbnail(decode(image, at_least=SIDE), SIDE))
    except ImageError:
        return None
