"""Figures of several systems: learned numbers over the epochs, and accuracy without a modality.

Shape legend: S runs, E epochs, K shares.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from anymood.errors import InputError
from anymood.evaluation.drawing import BAND, draw_mean, headline, label_ends, percent, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.typing import ColorType

PANELS_PER_ROW = 3


def learnt_values(panels: Mapping[str, Mapping[str, ArrayLike]]) -> "Figure":
    """Numbers that were learnt, over the epochs: a panel each, their mean over the runs with one standard deviation.

    Args:
        panels: title to lines, each name to values (S, E); NaN where a run had ended.

    Raises:
        InputError: no panel, or one without a line.
        MissingExtra: matplotlib is not installed.
    """
    if not panels or not all(panels.values()):
        raise InputError("There is nothing to draw: each panel needs a line.")
    rows, columns = -(-len(panels) // PANELS_PER_ROW), min(len(panels), PANELS_PER_ROW)
    with style():
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator

        figure = Figure(figsize=(3.6 * columns + 0.4, 2.9 * rows))
        grid = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes in grid[len(panels) :]:
            axes.set_visible(False)
        for axes, (title, lines) in zip(grid, panels.items(), strict=False):
            several = any(len(np.atleast_2d(values)) > 1 for values in lines.values())
            headline(axes, title, BAND if several else "")
            ends: dict[str, tuple[float, ColorType]] = {}
            for name, values in lines.items():
                epochs = np.arange(1, np.atleast_2d(values).shape[1] + 1)
                ends[name] = draw_mean(axes, epochs, values)
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            label_ends(figure, axes, ends)
    return figure


def accuracy_by_missing(shares: Sequence[float], panels: Mapping[str, Mapping[str, ArrayLike]]) -> "Figure":
    """Accuracy against the share of posts that miss a modality: a panel for each modality, a line for each system.

    Args:
        shares: K shares of the test posts, from 0 to 1.
        panels: the missing modality to lines, each a system's name to accuracies (0 to 1) of shape (S, K). The first
            line is the accent.

    Raises:
        InputError: no line, or one of another length.
        MissingExtra: matplotlib is not installed.
    """
    if not panels or not all(panels.values()):
        raise InputError("There is nothing to draw: each panel needs a line.")
    for title, lines in panels.items():
        for name, values in lines.items():
            if np.atleast_2d(values).shape[1] != len(shares):
                raise InputError(
                    f"The line {name!r} of {title!r} must have one accuracy for each of {len(shares)} shares."
                )
    with style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(5.4 * len(panels), 4.2))
        grid = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
        ends: list[dict[str, tuple[float, ColorType]]] = []
        for axes, (title, lines) in zip(grid, panels.items(), strict=True):
            headline(axes, f"Accuracy, the {title} missing", "mean over the runs")
            ends.append({})
            look: dict[str, Any] = {"color": "C0", "linewidth": 2.4, "zorder": 3}  # of the first line
            for name, values in lines.items():
                height, colour = draw_mean(axes, shares, values, band=False, linestyle="-", **look)
                ends[-1][name] = height, "C1" if ends[-1] else colour  # grey names are hard to read
                look = {"color": "C2", "linewidth": 1.1}
            axes.margins(x=0)  # so that the names are next to the ends
            axes.set_xlabel(f"share of the test posts without {'an' if title == 'image' else 'a'} {title}")
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_formatter(percent)
            axes.tick_params(labelleft=True)
        for axes, names in zip(grid, ends, strict=True):  # after all lines have determined the common limits
            label_ends(figure, axes, names)
    return figure
