"""Scored posts as columns, from rows that were scored earlier or for this report."""

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from anymood.errors import TableError
from anymood.evaluation.arrays import Floats
from anymood.labels import LabelSet
from anymood.posts import ImageSource, Prediction
from anymood.reporting.score_columns import NOT_SCORES, ScoreColumns
from anymood.tables.rows import Row
from anymood.tables.values import value_at
from anymood.wording import plural
from anymood.zipped_files import ZippedFile

# Images in a table as bytes are kept for thumbnails up to this number of bytes in all; paths take no memory.
IMAGE_BYTES = 2**26


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

    def add_scored(self, row: Row, names: ScoreColumns) -> None:
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


def _path_in_a_zip(written: object) -> Path | None:
    """The path of an image that was read from a zip; None for other images."""
    return Path(written) if isinstance(written, str) and ZippedFile.at(written) is not None else None


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
