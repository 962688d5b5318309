"""Scored posts as columns, from rows that were scored earlier or for this report."""

import math
import re
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from anymood.errors import TableError
from anymood.evaluation.arrays import Floats
from anymood.labels import LabelSet
from anymood.posts import CLASSIFIER_OF, ImageSource, Prediction, Reason
from anymood.tables.columns import PREFIX
from anymood.tables.rows import Row
from anymood.tables.values import value_at
from anymood.wording import plural
from anymood.zipped_files import ZippedFile

# Images in a table as bytes are kept for thumbnails up to this number of bytes in all; paths take no memory.
IMAGE_BYTES = 2**26
_PROBABILITY = re.compile(f"(?:{PREFIX})*p_(.+)")  # column with the probability of a label
ROUNDED = 0.05  # of each probability with one decimal
NOT_SCORES = (
    "its probabilities are not numbers from 0 to 1 with the sum 1, or 'used' is none of "
    f"{', '.join(CLASSIFIER_OF)} and none. Predict it again."
)


@dataclass(slots=True)
class ScoredPosts:
    """N posts with their scores.

    Attributes:
        labels: the classes.
        probabilities: probabilities of the deciding classifier, (N, C); rows of NaN for posts without a label.
        text_scores: probabilities of the text classifier, (N, C); NaN if missing or not in the table.
        image_scores: probabilities of the image classifier, likewise.
        used: modalities of the deciding classifier: both, text, image or none.
        disagreement: disagreement of text and image, (N,); NaN for posts without both.
        reasons: reason of the first problem, None if there is none.
        problems: all messages, None if there are none.
        texts: texts as written.
        images: paths or bytes.
        ids: ids of the posts, or where they are.
        columns: values of other columns, by name.
    """

    labels: LabelSet
    probabilities: Floats
    text_scores: Floats
    image_scores: Floats
    used: list[str]
    disagreement: Floats
    reasons: list[str | None]
    problems: list[str | None]
    texts: list[str | None]
    images: list[ImageSource | None]
    ids: list[str]
    columns: dict[str, list[object]]

    def __len__(self) -> int:
        return len(self.used)


class PostCollector:
    """Collects posts one by one as columns.

    Args:
        labels: the classes.
        keep: names of the other columns to keep.
    """

    def __init__(self, labels: LabelSet, keep: Sequence[str]) -> None:
        self.labels = labels
        self._scores = (array("d"), array("d"), array("d"))
        self._disagreement = array("d")
        self._rows: list[tuple[Any, ...]] = []
        self._columns: dict[str, list[object]] = {name: [] for name in keep}
        self._image_bytes = 0

    def add(self, row: Row, prediction: Prediction) -> None:
        """Add a post that was scored for this report."""
        scores = (prediction.deciding, prediction.text, prediction.image)
        reason = prediction.reason
        self._put(
            row,
            [() if each is None else each.values for each in scores],
            prediction.disagreement,
            prediction.used,
            None if reason is None else str(reason),
            prediction.problem,
        )

    def add_scored(self, row: Row, names: "ScoreColumns") -> None:
        """Add a row that was scored earlier."""
        scores, disagreement, used, reason, message = names.of(row.values)
        if message == NOT_SCORES and row.problems:  # such as a repeated header
            reason, message = str(row.problems[0].reason), row.problems[0].message
        self._put(row, scores, disagreement, used, reason, message)

    def _put(
        self,
        row: Row,
        scores: Sequence[Sequence[float]],
        disagreement: float | None,
        used: str,
        reason: object,
        problem: object,
    ) -> None:
        nothing = (math.nan,) * len(self.labels)
        for buffer, values in zip(self._scores, scores, strict=True):
            buffer.extend(values or nothing)
        self._disagreement.append(math.nan if disagreement is None else disagreement)
        image = row.post.image
        if isinstance(image, bytes):
            image = _path_in_a_zip(row.values.get("image")) or image
        if isinstance(image, bytes):
            self._image_bytes += len(image)
            if self._image_bytes > IMAGE_BYTES:
                image = None
        self._rows.append((used, reason, problem, row.post.text, image, row.post.id or row.where))
        for name, column in self._columns.items():
            value = value_at(row.values, name)
            column.append(value.tolist() if isinstance(value, np.ndarray) else value)  # a list in frames of pandas

    def finish(self) -> ScoredPosts:
        """All posts as columns."""
        columns = [list(column) for column in zip(*self._rows, strict=True)] or [[] for _ in range(6)]
        self._rows.clear()
        used, reasons, problems, texts, images, ids = columns
        deciding, text, image = (np.array(buffer, np.float64).reshape(-1, len(self.labels)) for buffer in self._scores)
        return ScoredPosts(
            labels=self.labels,
            probabilities=deciding,
            text_scores=text,
            image_scores=image,
            used=used,
            disagreement=np.array(self._disagreement, np.float64),
            reasons=reasons,
            problems=problems,
            texts=texts,
            images=images,
            ids=ids,
            columns=self._columns,
        )


@dataclass(frozen=True, slots=True)
class ScoreColumns:
    """The columns of scores in a table that ``anymood predict`` wrote.

    Attributes:
        labels: the classes.
        deciding: columns with a probability each, or one column with a mapping.
        text: columns of the text classifier; empty if the table has none.
        image: columns of the image classifier; empty if the table has none.
        used: column with the modalities of the deciding classifier.
        disagreement: column with the disagreement of text and image.
        problem: column with the messages.
        reason: column with the reason.
    """

    labels: LabelSet
    deciding: tuple[str, ...]
    text: tuple[str, ...]
    image: tuple[str, ...]
    used: str
    disagreement: str
    problem: str
    reason: str

    @classmethod
    def find(cls, columns: Sequence[str], first: Mapping[str, object], labels: LabelSet) -> "ScoreColumns | None":
        """The columns of scores; None if the table has none.

        Args:
            columns: names of all columns.
            first: values of the first row, which contains the labels if columns are nested.
            labels: labels of the model, whose order is used if the labels are the same.
        """
        own = _Names(columns)
        used, label = own("used"), own("label")
        if used is None or label is None:
            return None
        nested = own("probabilities")
        if nested is not None:
            value = first.get(nested)
            names = tuple(value) if isinstance(value, Mapping) else labels.names
            ordered = labels if set(names) == set(labels) else LabelSet.of(names)
            deciding: tuple[str, ...] = (nested,)
        else:
            present = _labels_in(columns)
            if len(present) < 2:
                return None
            # Those of the last prediction: others are of an earlier one, or the user's, such as p_value.
            last = _labels_in(columns[columns.index(label) : columns.index(used)])
            ordered = labels if set(labels) <= present else LabelSet.of(last if len(last) > 1 else present)
            deciding = tuple(own(f"p_{label}") or "" for label in ordered)
        return cls(
            ordered,
            deciding,
            text=own.classifier("text", ordered),
            image=own.classifier("image", ordered),
            **{name: own(name) or "" for name in ("used", "disagreement", "problem", "reason")},
        )

    def of(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Scores, disagreement, used modalities, reason and problem of a row, as arguments of ``PostCollector``."""
        used = values.get(self.used)
        classifiers = (self.deciding, self.text, self.image)
        scores = [() if used == "none" else self._scores(values, columns) for columns in classifiers]
        if used != "none" and not (scores[0] and isinstance(used, str) and used in CLASSIFIER_OF):
            return [(), (), ()], None, "none", str(Reason.MALFORMED), NOT_SCORES
        return (
            scores,
            _number(values.get(self.disagreement)),
            used,
            _text(values.get(self.reason)),
            _text(values.get(self.problem)),
        )

    def _scores(self, values: Mapping[str, Any], columns: tuple[str, ...]) -> tuple[float, ...]:
        """Probabilities in the order of the labels, normalised against rounding; empty if one is missing or wrong."""
        cells: list[Any]
        if len(columns) == 1:
            mapping = values.get(columns[0])
            if not isinstance(mapping, Mapping):
                return ()
            cells = [mapping.get(label) for label in self.labels]
        else:
            cells = [values.get(name) for name in columns]
        numbers = [_number(cell) for cell in cells]
        if not numbers or any(number is None or not 0 <= number <= 1 for number in numbers):
            return ()
        total = sum(numbers)  # type: ignore[arg-type]
        if not total or abs(total - 1) > ROUNDED * len(numbers):  # such as without the column of a label
            return ()
        return tuple(number / total for number in numbers)  # type: ignore[operator]


def _labels_in(columns: Sequence[str]) -> set[str]:
    """The labels whose probabilities are in some of the columns."""
    return {match[1] for name in columns if (match := _PROBABILITY.fullmatch(name))}


class _Names:
    """Names of result columns in a table, possibly with the prefix ``predicted_``."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._present = set(columns)

    def __call__(self, name: str) -> str | None:
        longest = None
        while name in self._present:
            longest, name = name, PREFIX + name
        if longest is None and PREFIX + name in self._present:  # the column with the same name was removed
            return PREFIX + name
        return longest

    def classifier(self, name: str, labels: LabelSet) -> tuple[str, ...]:
        """Columns with the scores of a single classifier: one with a mapping, or one per label."""
        if (nested := self(f"{name}_scores")) is not None:
            return (nested,)
        for pattern in (f"p_{name}_{{}}", f"{name}_p_{{}}", f"{name}_scores.{{}}", f"{name}_{{}}"):
            columns = [self(pattern.format(label)) for label in labels]
            if all(columns):
                return tuple(name or "" for name in columns)
        return ()


def _path_in_a_zip(written: object) -> Path | None:
    """The path of an image that was read from a zip; None for other images."""
    return Path(written) if isinstance(written, str) and ZippedFile.at(written) is not None else None


def _text(value: object) -> str | None:
    """A text, also of a cell of another type; None if it is missing."""
    return str(value) if value else None


def _number(value: Any) -> float | None:
    """A finite number, also from a text cell."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def require_posts(posts: ScoredPosts) -> None:
    """Check that at least one post has a label.

    Raises:
        TableError: no post has a label.
    """
    if np.isnan(posts.probabilities).all():
        counts = Counter(reason or "no reason given" for reason in posts.reasons)
        listed = ", ".join(f"{reason} ({count:,})" for reason, count in counts.most_common())
        why = f": {listed}" if listed else ""
        first = next((f" The first: {problem}" for problem in posts.problems if problem), "")
        raise TableError(f"Nothing to report on: {plural(len(posts), 'post')}, none with a label{why}.{first}")
