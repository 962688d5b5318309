"""Tables and figures of the parts beyond the paper's: fusions, weights, systems, missing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anymood.evaluation import comparison_figures
from anymood.evaluation.drawing import png
from anymood.experiments.comparisons import COLUMNS, TITLES, PartResult, learnt_numbers, missing_shares
from anymood.experiments.scores import ClassifierRuns, RowComparison

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # shares of the test posts without a modality


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table of formatted cells, with a note for the reader."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure as a PNG file, with a note for the reader."""

    title: str
    name: str
    content: bytes
    note: str = ""


def part_tables(result: PartResult) -> Iterator[ReportTable]:
    """The rows of a part, their notes, the tests, and for systems the accuracies with a missing modality."""
    title, columns = TITLES[result.part], COLUMNS[result.part]
    marked = any(row.columns[name].is_majority() for row in result.rows for name in columns if name in row.columns)
    lines = []
    for row in result.rows:
        cells = [_cell(row.columns[name]) if name in row.columns else "" for name in columns]
        macro = mean_and_deviation(row.columns[next(iter(columns))], "macro_f1")
        seconds = "" if row.seconds is None else f"{row.seconds:.1f}"
        lines.append((row.name, *cells, macro, f"{row.parameters:,}", seconds, f"{len(row.trials)}"))
    first = next(iter(columns))
    header = ("", *columns, f"macro F1, {first}", "parameters", "seconds", "seeds")
    note = (
        "Accuracy in %, mean and deviation over the seeds. Parameters are those that learn; seconds are the processor "
        "time of training."
    )
    if marked:
        note += " * Exactly the accuracy of the most frequent class."
    yield ReportTable(title, header, lines, note)
    meanings = [(row.name, row.title, row.note) for row in result.rows]
    yield ReportTable(f"{title}: descriptions", ("name", "description", "replaced here"), meanings)
    if result.compared:
        yield _tests(result)
    if result.part in ("systems", "missing"):
        for missing, left in (("image", "text"), ("text", "image")):
            shares = [(row.name, missing_shares(row, SHARES)[missing]) for row in result.rows]
            rows = [(name, *(f"{100 * value:.1f}" for value in runs.mean(axis=0))) for name, runs in shares]
            heading = ("", *(f"{share:.0%}" for share in SHARES))
            note = f"Accuracy in %, expected over all choices of the posts. The others have both, these only {left}."
            yield ReportTable(f"{title}: share of the test posts without {missing}", heading, rows, note)


def compared_cells(one: RowComparison) -> tuple[str, ...]:
    """Claim, first and second row, difference with its interval, p and adjusted p of a comparison.

    Bounds of the interval are at most 100 points, which differences of accuracies cannot exceed.
    """
    low_high = one.outcome.interval and [max(-1.0, min(bound, 1.0)) for bound in one.outcome.interval]
    return (
        one.claim,
        one.first,
        one.second,
        f"{100 * one.outcome.difference:+.1f}",
        "" if low_high is None else "{:+.1f} to {:+.1f}".format(*(100 * bound for bound in low_high)),
        f"{one.outcome.p_value:.3g}",
        "" if one.adjusted is None else f"{one.adjusted:.3g}",
    )


def about_intervals(compared: Iterable[RowComparison]) -> str:
    """What the intervals of few seeds mean, as the end of a note; empty if none is too wide."""
    if all(abs(bound) <= 1 for one in compared for bound in one.outcome.interval or ()):
        return ""
    return " Intervals are cut at 100 points. Such wide ones say that the seeds are too few; give more (--seeds)."


def _tests(result: PartResult) -> ReportTable:
    header = ("given", "first", "second", "difference", "95 % interval", "p", "p by Holm")
    note = (
        f"Points of accuracy; paired t-tests over the seeds, by Holm among the {len(result.compared)} of this part. "
        "Seeds repeat the training, not the test posts."
    )
    if any(one.outcome.interval is None for one in result.compared):
        note += " No interval, and p = 1: the difference is the same for each seed, so there is no test."
    note += about_intervals(result.compared)
    return ReportTable(f"{TITLES[result.part]}: tests", header, [compared_cells(one) for one in result.compared], note)


def part_pictures(result: PartResult) -> Iterator[Picture]:
    """Loss weights and fusion scalars over the epochs, or accuracy with a missing modality."""
    if result.part in ("systems", "missing"):
        lines = {row.name: missing_shares(row, SHARES) for row in result.rows}
        panels = {missing: {name: each[missing] for name, each in lines.items()} for missing in ("image", "text")}
        picture = png(comparison_figures.accuracy_by_missing(SHARES, panels))
        note = "Expected over all choices of the posts that miss it, and so straight. The other posts have both."
        yield Picture(f"{TITLES[result.part]}: a modality is missing", f"{result.part}.png", picture, note)
        return
    key, title = ("fusion", "Trained scalars of the fusion")
    if result.part == "weights":
        key, title = "weights", "Weights of the losses over the epochs"
    learnt = {row.name: learnt_numbers(row, key) for row in result.rows}
    changing = {
        name: lines for name, lines in learnt.items() if any(np.ptp(v[np.isfinite(v)]) > 0 for v in lines.values())
    }
    if changing:
        panels = _by_layer(changing) if key == "fusion" else changing
        yield Picture(
            title, f"{result.part}.png", png(comparison_figures.learnt_values(panels)), "Mean over the seeds."
        )


def _by_layer(learnt: Mapping[str, Mapping[str, NDArray[np.float64]]]) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Scalars such as ``image 0`` in a panel per layer; layer 0 is the representation."""
    panels: dict[str, dict[str, NDArray[np.float64]]] = {}
    for fusion, lines in learnt.items():
        for name, values in lines.items():
            modality, _, layer = name.rpartition(" ")
            panels.setdefault(f"{fusion}, layer {layer}", {})[modality or name] = values
    return panels


def _cell(row: ClassifierRuns) -> str:
    return mean_and_deviation(row) + (" *" if row.is_majority() else "")


def mean_and_deviation(row: ClassifierRuns, score: str = "accuracy", label: int | None = None) -> str:
    """A score in percent, with mean and standard deviation over the runs."""
    deviation = row.deviation(score, label)
    return f"{100 * row.mean(score, label):.1f}" + ("" if deviation is None else f" ± {100 * deviation:.1f}")
