"""Shared parts of figures: style, titles, names at the ends of lines."""

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from anymood.errors import optional_dependency
from anymood.evaluation.arrays import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import ColorType

STYLE = Path(__file__).with_name("anymood.mplstyle")
SMALL = 7.5  # points, for notes next to the data
BAND = "band: one standard deviation over the runs"


def png(figure: "Figure") -> bytes:
    """The picture as a PNG file, 200 dots per inch; the same figure always gives the same bytes.

    Characters that no installed font has are drawn as boxes.
    """
    target = io.BytesIO()
    with style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(target, format="png", metadata={"Software": None})
    return target.getvalue()


@contextmanager
def style() -> Iterator[None]:
    """Use the style of this package within the block."""
    with optional_dependency("Drawing a picture", "train"):
        import matplotlib
    with matplotlib.rc_context(fname=STYLE):
        yield


def percent(value: float, position: float = 0) -> str:
    """0.25 as 25%; a formatter of matplotlib."""
    return f"{value * 100:.3g}%"


def headline(axes: "Axes", text: str, note: str) -> None:
    """A bold title with a note in grey below it."""
    axes.set_title(text, pad=20 if note else 8)
    axes.annotate(
        note, (0, 1), (0, 7), xycoords="axes fraction", textcoords="offset points", fontsize=SMALL, color="0.45"
    )


def draw_mean(
    axes: "Axes", x: ArrayLike, values: ArrayLike, *, band: bool = True, **options: Any
) -> "tuple[float, ColorType]":
    """Draw the mean of some runs as a line, or a dot, with a band of one standard deviation if there are several runs.

    Args:
        axes: where to draw.
        x: positions (K,), ascending.
        values: one value for each run and position, (S, K) or (K,); NaN where a run has none.
        band: whether to draw the band.
        options: options of ``Axes.plot``.

    Returns:
        Height of the line's right end, and its colour.
    """
    runs = np.atleast_2d(np.asarray(values, dtype=np.float64))
    present = np.isfinite(runs).any(axis=0)
    x, runs = np.asarray(x)[present], runs[:, present]
    mean = np.nanmean(runs, axis=0)
    options.setdefault("marker", "o" if len(mean) == 1 else "")
    (line,) = axes.plot(x, mean, **options)
    if band and len(runs) > 1:
        counts = np.isfinite(runs).sum(axis=0)
        spread = np.nanstd(runs, axis=0) * np.sqrt(counts / np.maximum(counts - 1, 1))  # of a sample
        axes.fill_between(x, mean - spread, mean + spread, color=line.get_color(), alpha=0.1, linewidth=0)
    return float(mean[-1]), line.get_color()


def label_ends(figure: "Figure", axes: "Axes", ends: "Mapping[str, tuple[float, ColorType]]") -> None:
    """Label lines at their right ends, without overlap; ``ends`` has the height and the colour of each line's end.

    A thin line leads from the end to a label that had to move.
    """
    figure.draw_without_rendering()  # computes the height of the axes
    low, high = axes.get_ylim()
    points = axes.get_window_extent().height / figure.dpi * 72
    order = sorted(ends, key=lambda name: ends[name][0])
    positions = np.array([(ends[name][0] - low) / (high - low) for name in order])
    for name, end, height in zip(order, positions, _separated(positions, gap=11 / points), strict=True):
        color = ends[name][1]
        if abs(height - end) * points > 2:
            axes.annotate(
                "",
                (1, end),
                (9, (height - end) * points),
                xycoords="axes fraction",
                textcoords="offset points",
                arrowprops={"arrowstyle": "-", "linewidth": 0.5, "color": color, "shrinkA": 0, "shrinkB": 0},
            )
        axes.annotate(
            name,
            (1, height),
            (10, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=color,
        )
    axes.set_ylim(low, high)


def _separated(positions: Floats, gap: float) -> Floats:
    """Ascending positions with a minimum gap between neighbours, closest to the given ones in least squares.

    After subtraction of multiples of the gap, the constraint is monotonicity, and the solution isotonic regression.
    """
    from scipy.optimize import isotonic_regression

    steps = np.arange(len(positions)) * gap
    return np.asarray(isotonic_regression(positions - steps).x + steps)
