"""The columns that a prediction adds to a row, the same in all formats and in data frames."""

from collections import deque
from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from itertools import compress
from typing import TYPE_CHECKING, Any, TypeVar

from anymood.labels import LabelSet
from anymood.posts import Post, Prediction, Reason
from anymood.tables.columns import PREFIX
from anymood.tables.format import Kind
from anymood.tables.rows import Row
from anymood.tables.values import as_text

if TYPE_CHECKING:
    from anymood.runtime.predictor import Model

Position = TypeVar("Position")
SCORES = ("text_scores", "image_scores", "fused_scores")
DISAGREEMENT = "disagreement"
OF_EACH_CLASSIFIER = (*SCORES, DISAGREEMENT)


class ResultColumns:
    """The columns of a prediction.

    ``label``; ``p_<label>``, the probability of each label; ``text_scores``, ``image_scores`` and ``fused_scores``, the
    probabilities of each classifier; ``used``, ``disagreement``, ``problem`` and ``reason``. Formats whose cells hold a
    single value have ``text_scores.<label>`` and so on.

    Args:
        labels: labels of the model.
        taken: column names of the rows.
        without: columns to leave out.

    Attributes:
        kinds: type of each column, by its name.
    """

    def __init__(self, labels: LabelSet, taken: Iterable[str], *, without: Container[str] = ()) -> None:
        kinds: dict[str, Kind] = {
            "label": str,
            **dict.fromkeys((f"p_{label}" for label in labels), float),
            **dict.fromkeys(SCORES, labels.names),
            "used": str,
            DISAGREEMENT: float,
            "problem": str,
            "reason": str,
        }
        self._unknown = (None,) * len(labels)
        names = free_names(kinds, taken)
        self._kept = [name not in without for name in kinds]
        self.kinds = {names[name]: kinds[name] for name in compress(kinds, self._kept)}

    def values(self, prediction: Prediction) -> dict[str, Any]:
        """The values of a row, None where the prediction has none."""
        scores, reason = prediction.deciding, prediction.reason
        values = (
            None if scores is None else scores.label,
            *(self._unknown if scores is None else scores.values),
            None if prediction.text is None else prediction.text.probabilities,
            None if prediction.image is None else prediction.image.probabilities,
            None if prediction.fused is None else prediction.fused.probabilities,
            prediction.used,
            prediction.disagreement,
            None if reason is None else as_text(prediction.problem),
            None if reason is None else reason.value,
        )
        return dict(zip(self.kinds, compress(values, self._kept), strict=True))


def free_names(columns: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Names of result columns, each with ``PREFIX`` as often as needed to differ from the taken ones."""
    used = {part for name in taken for part in (name, name.rpartition(".")[0])}
    names = {}
    for name in columns:
        free = name
        while free in used:
            free = PREFIX + free
        names[name] = free
        used.add(free)
    return names


def predicted_rows(
    model: "Model", rows: Iterable[tuple[Position, Row]], batch_size: int
) -> Iterator[tuple[Position, Row, Prediction]]:
    """Each row with its position and its prediction, in order."""
    waiting: deque[tuple[Position, Row]] = deque()

    def posts() -> Iterator[Post]:
        for position, row in rows:
            waiting.append((position, row))
            yield row.post

    for prediction in model.predict_many(posts(), batch_size):
        position, row = waiting.popleft()
        yield position, row, with_problems(prediction, row)


def with_problems(prediction: Prediction, row: Row) -> Prediction:
    """A prediction with the problems of reading its row."""
    if row.is_post and not row.problems:
        return prediction
    # NOTHING_TO_SEE would repeat the problems of the row, and does not apply to notices of archives.
    others = (problem for problem in prediction.problems if problem.reason != Reason.NOTHING_TO_SEE)
    return replace(prediction, problems=(*row.problems, *others))
