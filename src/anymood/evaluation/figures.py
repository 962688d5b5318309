"""Figures of an evaluation and of a training run.

Every function returns a figure without global state; ``png`` converts it to a file. The style is in
``anymood.mplstyle``: colour ``C0`` is the accent, ``C1`` ink, ``C2`` grey.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from anymood.errors import InputError
from anymood.evaluation.arrays import Ints
from anymood.evaluation.drawing import BAND, draw_mean, headline, label_ends, percent, style
from anymood.evaluation.metrics import accuracy
from anymood.wording import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import ColorType

SIDE_BY_SIDE = 10  # maximum number of classes for confusion matrices in one row with numbers of posts
MAX_LABEL_LENGTH = 22  # characters; the rest of a class name becomes an ellipsis
SCORES = {"accuracy": "Accuracy", "macro_f1": "Macro F1"}  # panels of validation scores, with their titles
LEARNT = {"weights": "Loss weights", "fusion": "Fusion scalars"}  # other values of a record


def confusion_matrices(matrices: Mapping[str, ArrayLike], labels: Sequence[str]) -> "Figure":
    """One matrix per classifier, side by side, or one below the other from 11 classes on.

    A cell shows its share of the row in percent and, up to 10 classes, the number of posts. Class labels show their
    number of posts.

    Args:
        matrices: title to number of posts, shape (C, C); rows are the truth, columns the prediction.
        labels: names of the C classes.

    Raises:
        InputError: there is no matrix, or its shape does not match the labels.
        MissingExtra: matplotlib is not installed.
    """
    counts = {title: np.asarray(matrix, dtype=np.int64) for title, matrix in matrices.items()}
    if not counts:
        raise InputError("There is no confusion matrix to draw.")
    c = len(labels)
    for title, matrix in counts.items():
        if matrix.shape != (c, c):
            raise InputError(f"The confusion matrix {title!r} has shape {matrix.shape}, but there are {c} labels.")
    labels = [shorten(label, MAX_LABEL_LENGTH) for label in labels]
    cell = 0.8 if c <= 4 else 0.52 if c <= SIDE_BY_SIDE else 0.26  # inches
    rows, columns = (1, len(counts)) if c <= SIDE_BY_SIDE else (len(counts), 1)
    with style():
        from matplotlib.figure import Figure

        size = (columns * (c * cell + 0.4) + 1.8, rows * (c * cell + 1.4))
        figure = Figure(figsize=size, layout="compressed")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        supports: list[Ints] = []
        for axes, (title, matrix) in zip(panels, counts.items(), strict=True):
            n = int(matrix.sum())
            headline(axes, title, f"{float(accuracy(matrix)):.1%} of {n:,} posts right" if n else "no posts")
            _draw_cells(axes, matrix, cell)
            supports.append(matrix.sum(axis=1))
            _name_columns(axes, labels, cell)
            numbers = [f"{number:,}" for number in supports[-1]]
            if axes is panels[0] or columns == 1:
                axes.set_ylabel("truth, each row 100%")
                numbers = [f"{label}  {number}" for label, number in zip(labels, numbers, strict=True)]
            elif np.array_equal(supports[-1], supports[0]):
                numbers = []
            axes.set_yticks(np.arange(len(numbers)) + 0.5, numbers, fontsize=_name_size(c))
    return figure


def _draw_cells(axes: "Axes", counts: Ints, cell: float) -> None:
    """Draw the cells of one matrix, each ``cell`` inches wide, with their numbers."""
    from matplotlib.colors import LinearSegmentedColormap

    c = len(counts)
    shares = counts / np.maximum(counts.sum(axis=1), 1)[:, None]
    colours = LinearSegmentedColormap.from_list("accent", ["#F2F4F7", "C0"])
    axes.pcolormesh(
        shares, cmap=colours, vmin=0, vmax=1, edgecolors="white", linewidth=1.5 if c <= SIDE_BY_SIDE else 0.75
    )
    axes.set(aspect="equal", xlabel="prediction")
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    for row, column in np.argwhere(counts):
        share = shares[row, column]
        at: dict[str, Any] = {"ha": "center", "va": "center", "color": "white" if share > 0.7 else None}
        if c > SIDE_BY_SIDE:
            if share >= 0.005:
                axes.text(column + 0.5, row + 0.52, f"{share * 100:.0f}", fontsize=5.5, **at)
            continue
        axes.text(column + 0.5, row + 0.42, f"{share * 100:.0f}", fontsize=11 if c <= 4 else 8.5, **at)
        axes.text(column + 0.5, row + 0.74, f"{counts[row, column]:,}", fontsize=6.5 if c <= 4 else 5.5, **at)


def _name_columns(axes: "Axes", labels: Sequence[str], cell: float) -> None:
    """Class names below the cells: in lines as wide as a cell, or rotated if a word is wider."""
    size = _name_size(len(labels))
    characters = int(cell * 72 / (0.6 * size))  # a letter is about 0.6 of the type size wide
    names = [textwrap.fill(label, characters, break_long_words=False) for label in labels]
    turned = max(len(line) for name in names for line in name.splitlines()) > characters
    axes.set_xticks(np.arange(len(labels)) + 0.5, labels if turned else names, fontsize=size)
    if turned:
        steep = len(labels) > SIDE_BY_SIDE
        axes.tick_params(axis="x", rotation=90 if steep else 45)
        for text in axes.get_xticklabels():
            text.set(
                horizontalalignment="right", verticalalignment="center" if steep else "top", rotation_mode="anchor"
            )


def _name_size(classes: int) -> float:
    return 8.5 if classes <= SIDE_BY_SIDE else 7.0  # points


def learning_curves(records: Sequence[Mapping[str, Any]], kept_epoch: int | None = None) -> "Figure":
    """Training losses and validation scores over the epochs: a panel each, a line per classifier.

    Loss weights, and trained scalars of the fusion, have a panel if they change.

    Args:
        records: one per epoch, as in a run's ``metrics.jsonl``: ``{"epoch": 1, "losses": {"fused": 0.9},
            "validation": {"fused": {"accuracy": 0.7, "macro_f1": 0.6}}, "weights": {"fused": 1.1}, "fusion": {}}`` with
            any of the classifiers ``fused``, ``text`` and ``image``. Missing values, null and NaN are gaps.
        kept_epoch: the epoch whose weights were kept, marked by a line.

    Raises:
        InputError: a record has no epoch, or there is no value to draw.
        MissingExtra: matplotlib is not installed.
    """
    if not all("epoch" in record for record in records):
        raise InputError("A record of learning curves needs its 'epoch'.")
    classifiers = ("fused", "text", "image")
    # The loss of a classifier without training posts is 0.
    panels = {
        ("Loss", "training"): {
            name: [record.get("losses", {}).get(name) or None for record in records] for name in classifiers
        }
    }
    for score, title in SCORES.items():
        panels[title, "validation"] = {
            name: [record.get("validation", {}).get(name, {}).get(score) for record in records] for name in classifiers
        }
    for key, title in LEARNT.items():
        present = {name for record in records for name in record.get(key, ())}
        names = [*(name for name in classifiers if name in present), *sorted(present - {*classifiers})]
        lines = {name: [record.get(key, {}).get(name) for record in records] for name in names}
        if any(len(set(values)) > 1 for values in lines.values()):
            panels[title, "training"] = lines
    epochs = [record["epoch"] for record in records]
    filled = {title: lines for title, lines in panels.items() if any(map(_any_number, lines.values()))}
    if not filled:
        raise InputError("There is nothing to draw: no record has a loss or a validation score.")
    suffix = "" if kept_epoch is None else f", epoch {kept_epoch} kept"
    with style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(4.2 * len(filled), 3.2))
        row = figure.subplots(1, len(filled), squeeze=False)[0]
        for axes, ((title, note), lines) in zip(row, filled.items(), strict=True):
            headline(axes, title, note + suffix)
            _draw_curves(figure, axes, epochs, lines, kept_epoch)
    return figure


def _any_number(values: Sequence[float | None]) -> bool:
    return bool(np.isfinite(np.array(values, dtype=np.float64)).any())


def _draw_curves(
    figure: "Figure",
    axes: "Axes",
    epochs: Sequence[int],
    lines: Mapping[str, Sequence[float | None]],
    kept_epoch: int | None,
) -> None:
    """Draw one line per classifier, with gaps at epochs without a number."""
    from matplotlib.ticker import MaxNLocator

    ends: dict[str, tuple[float, ColorType]] = {}
    for name, values in lines.items():
        numbers = np.array(values, dtype=np.float64)  # None becomes NaN
        (line,) = axes.plot(epochs, numbers, marker="o" if len(epochs) == 1 else "")
        if np.isfinite(numbers).any():
            ends[name] = (float(numbers[np.isfinite(numbers)][-1]), line.get_color())
    if kept_epoch is not None:
        axes.axvline(kept_epoch, color="C2", linewidth=1, linestyle="-", zorder=1)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    label_ends(figure, axes, ends)


def paired_share(
    shares: Sequence[float], lines: Mapping[str, ArrayLike], baselines: Mapping[str, float] | None = None
) -> "Figure":
    """Accuracy by the share of paired training data, on a logarithmic axis (the paper's Figure 3).

    Args:
        shares: K shares of the training posts, each above 0 and at most 1.
        lines: name to accuracies (0 to 1) of shape (K,), or of several runs, shape (S, K), drawn as their mean with a
            band of one standard deviation.
        baselines: name to an accuracy that does not depend on the share, drawn as a horizontal line.

    Raises:
        InputError: a share is not above 0 and at most 1, there is no line, or its length differs.
        MissingExtra: matplotlib is not installed.
    """
    if not lines or not all(0 < share <= 1 for share in shares):
        raise InputError(f"There must be a line to draw, and shares above 0 and at most 1: {list(shares)}.")
    runs = {name: np.atleast_2d(np.asarray(values, dtype=np.float64)) for name, values in lines.items()}
    for name, values in runs.items():
        if values.ndim != 2 or values.shape[1] != len(shares):
            raise InputError(f"The line {name!r} has shape {values.shape} for {len(shares)} shares.")
    with style():
        from matplotlib.figure import Figure
        from matplotlib.ticker import NullLocator

        figure = Figure(figsize=(6.4, 3.8))
        axes = figure.subplots()
        ends: dict[str, tuple[float, ColorType]] = {}
        order = np.argsort(shares)
        for name, values in runs.items():
            ends[name] = draw_mean(
                axes, np.asarray(shares)[order], values[:, order], marker="o", markeredgecolor="white"
            )
        for name, value in (baselines or {}).items():
            axes.axhline(value, color="C2", linewidth=1, linestyle="--", zorder=1)
            ends[name] = (value, "C2")
        axes.set_xscale("log")
        axes.set_xticks(shares, [percent(share) for share in shares])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(percent)
        axes.set_xlabel("share of the training posts that have both text and image")
        several = any(len(values) > 1 for values in runs.values())
        headline(axes, "Accuracy", BAND if several else "")
        label_ends(figure, axes, ends)
    return figure
