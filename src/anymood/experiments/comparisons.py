"""The parts beyond the paper's tables: fusions, weightings, other systems, methods for missing modalities.

Shape legend: S seeds, E epochs.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anymood.evaluation.metrics import classifier_metrics
from anymood.experiments.missing import MISSING
from anymood.experiments.run import StudyResult
from anymood.experiments.scores import ClassifierRuns, RowComparison, adjust, compare
from anymood.experiments.study import EPOCHS, Part, Trial
from anymood.experiments.system import GIVEN
from anymood.experiments.systems import SYSTEMS
from anymood.experiments.trials import TrialResult
from anymood.network.fusions import FUSIONS
from anymood.network.weightings import WEIGHTINGS

BOTH, IMAGE, TEXT = "both", "image alone", "text alone"
ROUTED = {BOTH: "C_m", IMAGE: "C_v", TEXT: "C_t"}  # the paper's model, by what a post has
TITLES: dict[Part, str] = {
    "fusions": "Fusions",
    "weights": "Weights of the losses",
    "systems": "The systems of other papers",
    "missing": "Methods for missing modalities",
}
COLUMNS: dict[Part, dict[str, str]] = {
    "fusions": {"C_m": "C_m", "C_m, image alone": "C_m_I", "C_m, text alone": "C_m_T", "C_v": "C_v", "C_t": "C_t"},
    "weights": {"C_m": "C_m", "C_v": "C_v", "C_t": "C_t"},
    "systems": {BOTH: "both", IMAGE: "image", TEXT: "text"},
    "missing": {BOTH: "both", IMAGE: "image", TEXT: "text"},
}
"""Columns of a part, with their names in its trials."""

MULTITASK = "the paper's multitask network: C_m, C_v or C_t, by what is there; in as many epochs as the others"


@dataclass(frozen=True, slots=True)
class ComparedSystem:
    """One row of a part.

    Attributes:
        name: by which it is selected.
        title: in the report.
        note: what differs from the original.
        columns: scores over S seeds, by column.
        parameters: number of trained weights.
        seconds: mean processor time of training, without shared preparation, over the seeds whose trials recorded it;
            None if none did.
        trials: the S trials.
    """

    name: str
    title: str
    note: str
    columns: dict[str, ClassifierRuns]
    parameters: int
    seconds: float | None
    trials: Sequence[TrialResult]


@dataclass(frozen=True, slots=True)
class PartResult:
    """A part whose trials have finished.

    Attributes:
        part: name of the part.
        rows: rows, the first is the reference from the paper.
        compared: each row compared with the reference in each column, with p-values adjusted for the part (Holm).
    """

    part: Part
    rows: list[ComparedSystem]
    compared: list[RowComparison]

    def in_words(self) -> list[str]:
        """The rows that are significantly better or worse than the reference, and the number of others."""
        sentences = []
        for column in COLUMNS[self.part]:
            those = [one for one in self.compared if one.claim == column and one.adjusted is not None]
            if not those:
                continue
            clear = [one for one in those if one.is_significant]
            parts = [
                f"{how}: {', '.join(f'{one.first} ({100 * one.outcome.difference:+.1f})' for one in systems)}"
                for how, systems in (
                    ("better", [one for one in clear if one.outcome.difference > 0]),
                    ("worse", [one for one in clear if one.outcome.difference < 0]),
                )
                if systems
            ]
            rest = len(those) - len(clear)
            parts += [f"no significant difference: {rest} of {len(those)}"] if rest else []
            sentences.append(f"{column}, against {self.rows[0].name}: {'; '.join(parts)}.")
        return sentences

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "rows": {
                row.name: {
                    "title": row.title,
                    "replaced": row.note,
                    "parameters": row.parameters,
                    "processor_seconds": row.seconds,
                    "columns": {name: runs.to_dict() for name, runs in row.columns.items()},
                }
                for row in self.rows
            },
            "in_words": self.in_words(),
            "comparisons": [one.to_dict() for one in self.compared],
        }


def part_results(result: StudyResult) -> dict[Part, PartResult]:
    """The additional parts that have rows other than the reference."""
    results: dict[Part, PartResult] = {}
    for part in COLUMNS:
        rows = [row for row in _rows(part, result) if row is not None]
        if part in result.study.parts and len(rows) > 1:
            results[part] = PartResult(part, rows, _compared(part, rows))
    return results


def _rows(part: Part, result: StudyResult) -> list[ComparedSystem | None]:
    """The rows of a part, None if it has no trials."""
    recipe = result.study.recipe
    plain = [one for one in result.trials if one.trial.system == "MT" and one.trial.is_experiment_1]
    if part in ("fusions", "weights"):
        field = "fusion" if part == "fusions" else "weighting"
        kinds: Mapping[str, type] = FUSIONS.all() if part == "fusions" else WEIGHTINGS.all()
        own: str = getattr(recipe, field)
        named = {name: [one for one in result.trials if getattr(one.trial, field) == name] for name in kinds}
        names = [own, *(name for name in kinds if name != own)]
        return [_row(part, name, _first_line(kinds[name]), plain if name == own else named[name]) for name in names]
    systems = (SYSTEMS if part == "systems" else MISSING).all()
    others = [
        _row(part, name, kind.title, [one for one in result.trials if one.trial.system == name], kind.replaced)
        for name, kind in sorted(systems.items(), key=lambda item: item[1].title)
    ]
    longer = [one for one in result.trials if one.trial == Trial("MT", one.trial.seed, epochs=EPOCHS)]
    routed = [_as_given(one) for one in longer]
    return [_row(part, "multitask", MULTITASK, routed), *others]


def _as_given(trial: TrialResult) -> TrialResult:
    """The scores of the paper's model, renamed by the modalities that are given."""
    return replace(trial, rows={given: trial.rows[name] for given, name in zip(GIVEN, ROUTED.values(), strict=True)})


def _row(part: Part, name: str, title: str, trials: Sequence[TrialResult], note: str = "") -> ComparedSystem | None:
    if not trials:
        return None
    columns = {
        column: ClassifierRuns(
            name, {f"seed {one.trial.seed}": classifier_metrics(one.rows[key], one.truth) for one in trials}
        )
        for column, key in COLUMNS[part].items()
        if all(key in one.rows for one in trials)
    }
    timed = [one.epochs for one in trials if all("processor_seconds" in record for record in one.epochs)]
    seconds = [sum(record["processor_seconds"] for record in epochs) for epochs in timed]
    mean = statistics.fmean(seconds) if seconds else None
    return ComparedSystem(name, title, note, columns, trials[0].parameters, mean, trials)


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0].rstrip(".")


def _compared(part: Part, rows: Sequence[ComparedSystem]) -> list[RowComparison]:
    """Paired tests of each row against the first, by column."""
    reference, *others = rows
    comparisons: list[RowComparison] = []
    for column in COLUMNS[part]:
        for row in others:
            if column in row.columns and column in reference.columns:
                first, second = (row.name, row.columns[column]), (reference.name, reference.columns[column])
                comparisons += [one for one in compare(column, first, second) if one.outcome.test == "paired t"]
    return adjust(comparisons)


def learnt_numbers(row: ComparedSystem, key: str) -> dict[str, NDArray[np.float64]]:
    """Loss weights (``weights``) or scalars of the fusion (``fusion``) by name, (S, E), NaN after the last epoch."""
    records = [[epoch.get(key) or {} for epoch in one.epochs] for one in row.trials]
    longest = max(map(len, records))
    names = dict.fromkeys(name for run in records for epoch in run for name in epoch)
    return {
        name: np.array(
            [[epoch.get(name, np.nan) for epoch in run] + [np.nan] * (longest - len(run)) for run in records]
        )
        for name in names
    }


def missing_shares(row: ComparedSystem, shares: Sequence[float]) -> dict[str, NDArray[np.float64]]:
    """Expected accuracy (S, K) if a share of the test posts lacks the image, or the text.

    The posts that lack it are random. The expected accuracy is the weighted mean of the accuracies with and without the
    modality, so no random sample is needed.
    """
    share = np.asarray(shares)
    whole = np.array(row.columns[BOTH].values("accuracy"))[:, None]
    return {
        missing: (1 - share) * whole + share * np.array(row.columns[left].values("accuracy"))[:, None]
        for missing, left in (("image", TEXT), ("text", IMAGE))
    }
