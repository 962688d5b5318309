"""A prediction for the terminal."""

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from anymood.posts import Prediction, Scores

WHY = {
    "both": "since the post has a text and an image",
    "text": "since there is no image to see",
    "image": "since there is no text to read",
}
DECIDING = {"both": "fused", "text": "text", "image": "image", "none": ""}
COLOURS = {1: "green", 0: "yellow", -1: "red"}  # by polarity
BAR = 10  # columns, fewer where the terminal is narrow
PERCENT = len("100.0%")
LABELS = 8  # shown, the most probable ones
WIDEST_LABEL = 24  # columns


class Bar:
    """A probability as a bar, in characters that the terminal supports and in the width beside the number."""

    def __init__(self, value: float, style: str) -> None:
        self.value, self.style = value, style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        full, empty = ("#", ".") if options.ascii_only else ("━", "╌")
        room = max(0, min(BAR, options.max_width - PERCENT - 1))
        width = round(self.value * room)
        figure = f"{self.value:{PERCENT}.1%}"
        yield Text.assemble((full * width, self.style), (empty * (room - width), "dim"), " " * bool(room), figure)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(PERCENT, BAR + 1 + PERCENT)


def prediction_panel(prediction: Prediction) -> Panel:
    """The label, the deciding classifier and why, the scores of each classifier, and problems."""
    parts: list[RenderableType] = [Text(_decided(prediction), "dim")]
    if prediction.deciding is not None:
        parts += ["", _bars(prediction, prediction.deciding)]
    if prediction.text is not None and prediction.image is not None:
        parts += ["", Text(_agreement(prediction.text, prediction.image, prediction.disagreement or 0))]
    if prediction.problem is not None:
        parts += ["", Text(prediction.problem, "yellow")]
    label = prediction.label
    title = Text("no label", "bold dim") if label is None else Text(label, f"bold {_colour(label)}")
    return Panel(Group(*parts), title=title, title_align="left", box=box.ROUNDED, padding=(0, 1), expand=False)


def _agreement(text: Scores, image: Scores, disagreement: float) -> str:
    """Whether text and image agree, and how much."""
    if text.label == image.label:
        return f"text and image agree by {1 - disagreement:.0%}: both say {text.label}"
    return f"text and image disagree by {disagreement:.0%}: the text says {text.label}, the image {image.label}"


def _decided(prediction: Prediction) -> str:
    """Which classifier decided, and why, unless a problem tells that."""
    if prediction.used == "none":
        return "nothing decided"
    decided = f"decided by the {DECIDING[prediction.used]} classifier"
    return decided if prediction.problem is not None else f"{decided}, {WHY[prediction.used]}"


def _bars(prediction: Prediction, deciding: Scores) -> Table:
    """A row per label, a column per classifier that has scores; the deciding one is bright."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("", no_wrap=True, overflow="ellipsis", max_width=WIDEST_LABEL)
    said = {name: scores for name in ("fused", "text", "image") if (scores := getattr(prediction, name)) is not None}
    for name in said:
        decides = name == DECIDING[prediction.used]
        table.add_column(name, header_style="bold" if decides else "dim", style="" if decides else "dim")
    order = deciding.labels
    if len(order) > LABELS:
        order = tuple(sorted(order, key=lambda label: -deciding.probabilities[label])[:LABELS])
    for label in order:
        cells = [Bar(one.probabilities[label], _colour(label)) for one in said.values()]
        table.add_row(Text(label, "bold" if label == deciding.label else ""), *cells)
    return table


def _colour(label: str) -> str:
    from anymood.labels import POLARITY

    return COLOURS.get(POLARITY.get(label.lower(), 2), "cyan")
