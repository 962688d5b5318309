"""Which model scored the posts of tables: its probabilities of some texts are those in the tables."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from anymood.errors import SettingError
from anymood.evaluation.arrays import Floats
from anymood.posts import Post
from anymood.reporting.results import UNKNOWN
from anymood.reporting.scored import ScoredPosts
from anymood.runtime.bundle import Bundle
from anymood.runtime.finding import BUNDLED, bundled_names
from anymood.runtime.predictor import Model

COMPARED_TEXTS = 32  # texts of an input that are predicted again
COMPARED_INPUTS = 32  # of several inputs, evenly spaced
ROUNDING = 0.005  # of probabilities with two decimals
MAX_FACTOR = 1.25  # of the median difference: on other processors up to 1.15, of other models 2


class ComparedInput(NamedTuple):
    """An input whose scores are compared with those of a model.

    Attributes:
        name: name of the input; "" if there is only one.
        rows: indices of its rows.
        factor: median factor by which the model's probabilities differ from those of the input.
    """

    name: str
    rows: range
    factor: float

    def has_other_scores(self) -> bool:
        """Whether the input was not scored by the model."""
        return self.factor > MAX_FACTOR


def compare(model: Model, scored: ScoredPosts, starts: Mapping[str, int]) -> list[ComparedInput]:
    """Compare a model with inputs that were scored before.

    Args:
        model: the model.
        scored: the posts.
        starts: index of the first row of each input, by its name, if there are several.
    """
    if len(starts) < 2:
        ranges = [("", range(len(scored)))]
    else:
        ends = [*list(starts.values())[1:], len(scored)]
        ranges = [(name, range(start, end)) for (name, start), end in zip(starts.items(), ends, strict=True)]
        ranges = ranges[:: -(-len(ranges) // COMPARED_INPUTS)]
    return [ComparedInput(name, rows, _factor(model, scored, rows)) for name, rows in ranges]


def require_scored_by(model: Model, scored: ScoredPosts, starts: Mapping[str, int]) -> None:
    """Check that a model scored the posts; its arguments are those of ``compare``.

    Raises:
        SettingError: another model scored an input, or with another prior or text column.
    """
    other = next((each for each in compare(model, scored, starts) if each.has_other_scores()), None)
    if other is not None:
        raise SettingError(other_scores(model.name, other.factor, "so that its errors can be estimated", other.name))


def inputs_of_models(
    model: Model, threads: int | None, scored: ScoredPosts, compared: Sequence[ComparedInput]
) -> dict[str, tuple[str, ...]]:
    """The names of the inputs that each model scored; empty unless there are several models.

    Besides the given model, the bundled ones with the same labels are compared.

    Args:
        model: the given model.
        threads: number of threads of the other models.
        scored: the posts.
        compared: result of ``compare`` for the given model.
    """
    if len(compared) < 2:
        return {}
    bundles = [bundle for name in bundled_names() if (bundle := Bundle.open(BUNDLED / name)).labels == model.labels]
    others = [Model(bundle, threads) for bundle in bundles if bundle.name != model.name]
    result: dict[str, list[str]] = {}
    for each in compared:
        found = (other.name for other in others if _factor(other, scored, each.rows) <= MAX_FACTOR)
        result.setdefault(next(found, UNKNOWN) if each.has_other_scores() else model.name, []).append(each.name)
    return {name: tuple(inputs) for name, inputs in result.items()} if len(result) > 1 else {}


def other_scores(model: str, factor: float, purpose: str, name: str = "") -> str:
    """A message about a table that a model did not score.

    Args:
        model: name of the model.
        factor: as in ``ComparedInput``.
        purpose: what the model that scored the table is needed for.
        name: name of the table, if there are several.
    """
    return (
        f"The table {name and f'{name} '}was scored by another model than {model!r}, with another prior, or from "
        f"another text column: the model's probabilities for half of its texts differ by a factor of {factor:.1f} or "
        "more. Give the model, the prior and the text column that the table was scored with (--model, --prior and "
        f"--text-column, or model= and text=), {purpose}."
    )


def _factor(model: Model, scored: ScoredPosts, rows: range) -> float:
    """Median factor by which a model's probabilities of the first texts in some rows differ from those in the table.

    Factors also distinguish models with similar high probabilities, and the median hardly changes if some texts were
    edited.
    """

    def scores(row: int) -> Floats:
        table: Floats = scored.probabilities if scored.used[row] == "text" else scored.text_scores
        return np.asarray(table[row])

    usable = (row for row in rows if scored.texts[row] and np.isfinite(scores(row)).all())
    compared = list(islice(usable, COMPARED_TEXTS))
    predictions = model.predict_many(Post(scored.texts[row]) for row in compared)
    factors = [
        np.exp(np.abs(np.log((np.array(prediction.text.values) + ROUNDING) / (scores(row) + ROUNDING))).max())
        for row, prediction in zip(compared, predictions, strict=True)
        if prediction.text is not None
    ]
    return float(np.median(factors)) if factors else 1.0
