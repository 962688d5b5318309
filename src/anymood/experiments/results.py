"""The numbers of a study: the paper's tables, its Figure 3 and its claims."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anymood.datasets.corpus import Corpus, presence
from anymood.datasets.duplicates import shared_with
from anymood.datasets.splits import SPLITS
from anymood.evaluation import significance
from anymood.experiments.comparisons import TITLES, PartResult, part_results
from anymood.experiments.examples import DifferingPosts, differing
from anymood.experiments.run import StudyResult
from anymood.experiments.scores import ClassifierRuns, RowComparison, adjust, compare, rows, verdict
from anymood.experiments.study import Part
from anymood.experiments.trials import TrialResult

CLAIMS = {
    "a": "With text and image, the multitask C_m is ahead of the single-task SM.",
    "b": "With one modality missing, C_v and C_t are far ahead of SM_I and SM_T.",
    "c": "Unpaired data lift the classifier of their modality.",
    "d": "With unpaired data, C_m stays above the text classifier at every share of paired data.",
}

# Claims about two systems: the claim, the multitask system, and the single-task system that it is compared with.
COMPARED = (("a", "C_m", "SM"), ("b", "C_v", "SM_I"), ("b", "C_t", "SM_T"))

# Requirements for testing a claim, in addition to two seeds.
NEEDS = {
    "a": "the part paper or folds, with the systems SM and MT",
    "b": "the part paper or folds, with the systems SM and MT",
    "c": "posts with only a text or only an image (--unpaired) and the part unpaired, or the part shares",
    "d": "the part shares",
}
UNTESTED = "With a single seed, nothing is tested."


@dataclass(frozen=True, slots=True)
class Numbers:
    """All numbers of a report.

    Attributes:
        statistics: Table 1, by part and class: posts with both, only a text, only an image.
        systems: rows of Tables 2 and 3.
        unpaired: rows of Table 4, empty without unpaired data.
        folds: rows over ten folds, empty without.
        shares: rows by share of pairs, trained on that share only and with the rest unpaired (Figure 3).
        confusions: confusion matrices (C, C) of C_m, C_t and C_v, summed over the seeds (Figure 2).
        compared: the tests of the claims, with adjusted p-values (Holm).
        seen: number of test texts and images that are also in the training part.
        differing: the ways in which the classifiers of the first seed differ, with an example each (Table 5).
        seeds: number of seeds.
        parts: the parts beyond the paper's tables.
    """

    statistics: dict[str, dict[str, dict[str, int]]]
    systems: dict[str, ClassifierRuns]
    unpaired: dict[str, ClassifierRuns]
    folds: dict[str, ClassifierRuns]
    shares: dict[float, tuple[dict[str, ClassifierRuns], dict[str, ClassifierRuns]]]
    confusions: dict[str, np.ndarray[Any, Any]]
    compared: list[RowComparison]
    seen: dict[str, int]
    differing: list[DifferingPosts]
    seeds: int
    parts: dict[Part, PartResult]

    def claims(self) -> dict[str, str]:
        """The verdict on each claim, by its letter."""
        return {
            letter: verdict(
                [one for one in self.compared if one.claim == letter],
                NEEDS[letter] if self.seeds > 1 else "at least two seeds (--seeds)",
            )
            for letter in CLAIMS
        }

    def in_words(self) -> list[str]:
        """The verdict on each claim that was tested, and what helped in each of the other parts."""
        tested = {one.claim for one in self.compared}
        verdicts = self.claims().items()
        lines = [f"Claim {letter}, {verdict}. {CLAIMS[letter]}" for letter, verdict in verdicts if letter in tested]
        for part, result in self.parts.items():
            lines += [f"{TITLES[part]}. {line}" for line in result.in_words() or [UNTESTED]]
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""

        def plain(table: Mapping[str, ClassifierRuns]) -> dict[str, Any]:
            return {name: row.to_dict() for name, row in table.items()}

        return {
            "statistics": self.statistics,
            "shared_with_train": self.seen,
            "rows": plain(self.systems),
            "unpaired": plain(self.unpaired),
            "folds": plain(self.folds),
            "shares": {
                f"{share:g}": {"alone": plain(alone), "with the rest unpaired": plain(rest)}
                for share, (alone, rest) in self.shares.items()
            },
            "confusions": {name: matrix.tolist() for name, matrix in self.confusions.items()},
            "differing": {one.title: one.posts for one in self.differing},  # no post: results may be passed on
            "claims": {
                letter: {"claim": CLAIMS[letter], "verdict": verdict} for letter, verdict in self.claims().items()
            },
            "comparisons": [one.to_dict() for one in self.compared],
            "parts": {part: result.to_dict() for part, result in self.parts.items()},
        }


def numbers(result: StudyResult) -> Numbers:
    """The numbers of a study whose trials have finished."""
    trials = result.trials
    systems = rows(trials, lambda c: c.is_experiment_1)
    unpaired = rows(trials, lambda c: c.unpaired)
    folds = rows(trials, lambda c: c.fold is not None)
    shares = {
        share: (
            rows(trials, lambda c, s=share: c.share == s and not c.rest),  # type: ignore[misc]
            rows(trials, lambda c, s=share: c.share == s and c.rest),  # type: ignore[misc]
        )
        for share in sorted({one.trial.share for one in trials} - {1.0})
    }
    unpaired_patterns = {presence(example.post) for example in result.posts.unpaired}
    return Numbers(
        statistics=_statistics(result),
        systems=systems,
        unpaired=unpaired,
        folds=folds,
        shares=shares,
        confusions={
            name: np.sum([one.confusion for one in systems[name].runs.values()], axis=0)
            for name in ("C_m", "C_t", "C_v")
            if name in systems
        },
        compared=adjust(
            [
                *_systems_compared(systems, trials),
                *_folds_compared(folds, result),
                *_unpaired_compared(systems, unpaired, shares, unpaired_patterns),
            ]
        ),
        seen=shared_with(result.posts.whole.select("train"), result.posts.whole.select("test")),
        differing=differing(result),
        seeds=result.study.seeds,
        parts=part_results(result),
    )


def _statistics(result: StudyResult) -> dict[str, dict[str, dict[str, int]]]:
    whole, labels = result.posts.whole, result.posts.labels
    parts = {part: whole.select(part).examples for part in SPLITS} | {"unpaired, for training": result.posts.unpaired}
    return {
        part: {
            name: Corpus("", labels, tuple(e for e in examples if e.label == index)).patterns()
            for index, name in enumerate(labels)
        }
        for part, examples in parts.items()
    }


def _systems_compared(systems: Mapping[str, ClassifierRuns], trials: Sequence[TrialResult]) -> list[RowComparison]:
    """Claims a and b over the seeds, and McNemar's test of claim a on the test posts of seed 0."""
    tests = []
    for claim, first, second in COMPARED:
        if first in systems and second in systems:
            tests += compare(claim, (first, systems[first]), (second, systems[second]))
    right: dict[str, Any] = {}
    for one in trials:
        if one.trial.seed == 0 and one.trial.is_experiment_1:
            right |= {name: values.argmax(axis=1) == one.truth for name, values in one.rows.items()}
    if "C_m" in right and "SM" in right:
        outcome = significance.mcnemar_test(right["C_m"], right["SM"])
        tests.append(RowComparison("a", "C_m, seed 0", "SM, seed 0", outcome))
    return tests


def _folds_compared(folds: Mapping[str, ClassifierRuns], result: StudyResult) -> list[RowComparison]:
    """Claims a and b over the folds, by the corrected resampled t-test."""
    learnt = [sum(one.learnt.values()) for one in result.trials if one.trial.fold is not None]
    tested = [len(one.truth) for one in result.trials if one.trial.fold is not None]
    tests = []
    for claim, first, second in COMPARED:
        if first in folds and second in folds and len(folds[first].runs) > 1:
            outcome = significance.corrected_resampled_t_test(
                folds[first].values("accuracy"),
                folds[second].values("accuracy"),
                train_posts=float(np.mean(learnt)),
                test_posts=float(np.mean(tested)),
            )
            tests.append(RowComparison(claim, f"{first}, folds", f"{second}, folds", outcome))
    return tests


def _unpaired_compared(
    systems: Mapping[str, ClassifierRuns],
    unpaired: Mapping[str, ClassifierRuns],
    shares: Mapping[float, tuple[Mapping[str, ClassifierRuns], Mapping[str, ClassifierRuns]]],
    patterns: Collection[str],
) -> list[RowComparison]:
    """Claims c and d: Table 4 compared with experiment 1 for the modalities of the unpaired posts, and Figure 3."""
    tests = []
    for name, pattern in (("C_t", "text"), ("C_v", "image")):
        if pattern in patterns and name in unpaired and name in systems:
            tests += compare("c", (f"{name} with unpaired posts", unpaired[name]), (f"{name} without", systems[name]))
    for share, (alone, rest) in shares.items():
        at = f"at {100 * share:.3g} %"
        for name in ("C_t", "C_v"):
            if name in alone and name in rest:
                tests += compare("c", (f"{name} with the rest {at}", rest[name]), (f"{name} without {at}", alone[name]))
        if rest:
            tests += compare("d", (f"C_m with the rest {at}", rest["C_m"]), (f"C_t with the rest {at}", rest["C_t"]))
            if "ST" in systems:
                tests += compare("d", (f"C_m with the rest {at}", rest["C_m"]), ("ST", systems["ST"]))
    return tests
