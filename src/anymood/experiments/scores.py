"""Scores of the paper's rows over seeds and folds, and their comparison.

Shape legend: N test posts, C classes, S seeds or folds.
"""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anymood.evaluation import significance
from anymood.evaluation.metrics import ClassifierMetrics, accuracy, classifier_metrics, macro_f1, weighted_f1
from anymood.experiments.study import Trial
from anymood.experiments.trials import TrialResult

SCORES = {"accuracy": accuracy, "weighted_f1": weighted_f1, "macro_f1": macro_f1}
ROW_MEANINGS = {
    "SI": "single-task image: the image classifier trained alone",
    "ST": "single-task text: the text classifier trained alone",
    "L-Fus": "late fusion: the mean of the probabilities of SI and ST",
    "SM": "single-task multimodal: the fused classifier trained alone",
    "SM_I": "SM given only the image, with zeros in place of the text's representation",
    "SM_T": "SM given only the text, with zeros in place of the image's representation",
    "C_v": "the image classifier of the multitask network",
    "C_t": "the text classifier of the multitask network",
    "C_m": "the fused (multimodal) classifier of the multitask network",
}
"""The systems, with the names and the order of the paper."""


@dataclass(frozen=True, slots=True)
class ClassifierRuns:
    """A classifier over S seeds or folds: one row of a table.

    Attributes:
        name: one of ``ROW_MEANINGS``.
        runs: name and metrics of each seed or fold.
    """

    name: str
    runs: dict[str, ClassifierMetrics]

    def values(self, score: str, label: int | None = None) -> list[float]:
        """A score of each run, (S,); that of a class if its index is given."""
        runs = self.runs.values()
        return [getattr(run if label is None else run.per_class[label], score) for run in runs]

    def mean(self, score: str, label: int | None = None) -> float:
        """Mean over the runs."""
        return statistics.fmean(self.values(score, label))

    def is_majority(self) -> bool:
        """Whether every run has exactly the accuracy of the most frequent class."""
        return all(run.accuracy == run.majority_accuracy for run in self.runs.values())

    def deviation(self, score: str, label: int | None = None) -> float | None:
        """Sample standard deviation over the runs, None for a single run."""
        return statistics.stdev(self.values(score, label)) if len(self.runs) > 1 else None

    def interval(self, score: str) -> significance.BootstrapInterval:
        """Bootstrap interval of the first run's score."""
        return significance.bootstrap_interval(next(iter(self.runs.values())).confusion, SCORES[score])

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        runs = {name: {score: getattr(one, score) for score in SCORES} for name, one in self.runs.items()}
        means = {score: self.mean(score) for score in SCORES}
        return {
            "runs": runs,
            "mean": means,
            "deviation": {score: self.deviation(score) for score in SCORES},
            "bootstrap_of_first_run": {score: asdict(self.interval(score)) for score in SCORES},
        }


def rows(trials: Iterable[TrialResult], chosen: Callable[[Trial], bool]) -> dict[str, ClassifierRuns]:
    """The rows of some trials, with L-Fus, the mean of SI's and ST's probabilities, if both are there."""
    metrics: dict[str, dict[str, ClassifierMetrics]] = {}
    by_seed: dict[tuple[int, str], tuple[NDArray[np.float64], list[int]]] = {}
    for result in trials:
        if not chosen(result.trial):
            continue
        run = f"seed {result.trial.seed}" if result.trial.fold is None else f"fold {result.trial.fold}"
        for name, probabilities in result.rows.items():
            metrics.setdefault(name, {})[run] = classifier_metrics(probabilities, result.truth)
            by_seed[result.trial.seed, name] = probabilities, result.truth
    for seed in sorted({seed for seed, _ in by_seed}):
        if (seed, "SI") in by_seed and (seed, "ST") in by_seed:
            (image, truth), (text, _) = by_seed[seed, "SI"], by_seed[seed, "ST"]
            metrics.setdefault("L-Fus", {})[f"seed {seed}"] = classifier_metrics((image + text) / 2, truth)
    return {name: ClassifierRuns(name, metrics[name]) for name in ROW_MEANINGS if name in metrics}


@dataclass(frozen=True, slots=True)
class RowComparison:
    """The comparison of two accuracies.

    Attributes:
        claim: letter of the paper's claim.
        first: the row that should be better.
        second: the other row.
        outcome: result of the test.
        adjusted: p-value adjusted for all comparisons of the study (Holm); None for an additional test.
    """

    claim: str
    first: str
    second: str
    outcome: significance.Comparison
    adjusted: float | None = None

    @property
    def is_significant(self) -> bool:
        """Whether the adjusted p-value is below the significance level."""
        return self.adjusted is not None and self.adjusted < significance.SIGNIFICANCE_LEVEL

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def compare(claim: str, first: tuple[str, ClassifierRuns], second: tuple[str, ClassifierRuns]) -> list[RowComparison]:
    """Compare two rows over their common seeds: the paired t-test and, in addition, Welch's; none for a single seed."""
    names = [name for name in first[1].runs if name in second[1].runs]
    if len(names) < 2:
        return []
    a, b = ([row.runs[name].accuracy for name in names] for _, row in (first, second))
    return [
        RowComparison(claim, first[0], second[0], test(a, b))
        for test in (significance.paired_t_test, significance.welch_t_test)
    ]


def adjust(compared: Sequence[RowComparison]) -> list[RowComparison]:
    """The comparisons with adjusted p-values (Holm); Welch's tests repeat the paired ones, and are not counted."""
    counted = [one for one in compared if one.outcome.test != "Welch's t"]
    values = iter(significance.holm([one.outcome.p_value for one in counted]))
    return [one if one.outcome.test == "Welch's t" else replace(one, adjusted=next(values)) for one in compared]


def verdict(compared: Sequence[RowComparison], needs: str = "at least two seeds") -> str:
    """Whether a claim holds: significantly better in all comparisons, in some, in none, or worse.

    Args:
        compared: the comparisons of the claim.
        needs: what is missing if there are none.
    """
    judged = [one for one in compared if one.adjusted is not None]
    if not judged:
        return f"not tested: it needs {needs}"
    clear = [one for one in judged if one.is_significant]
    better = sum(one.outcome.difference > 0 for one in clear)
    worse = len(clear) - better
    if better == len(judged):
        return "held"
    parts = [f"significantly better in {better} of {len(judged)} comparisons"]
    if worse:
        parts.append(f"significantly worse in {worse}")
    result = "not held" if worse else "held in part" if better else "not shown"
    return f"{result}: {', '.join(parts)}"
