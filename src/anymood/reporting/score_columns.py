"""The columns with scores in tables that ``anymood predict`` wrote."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anymood.labels import LabelSet
from anymood.posts import CLASSIFIER_OF, Reason
from anymood.tables.columns import PREFIX

_PROBABILITY = re.compile(f"(?:{PREFIX})*p_(.+)")  # column with the probability of a label
ROUNDED = 0.05  # of each probability with one decimal
NOT_SCORES = (
    "its probabilities are not numbers from 0 to 1 with the sum 1, or 'used' is none of "
    f"{', '.join(CLASSIFIER_OF)} and none. Predict it again."
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
