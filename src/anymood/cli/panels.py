"""Predictions and explanations for the terminal."""

from collections.abc import Callable, Iterable, Iterator

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from anymood.explanation.description import (
    ABOUT_WORDS,
    modality_effects,
    pieces,
    regions_in_words,
    strongest_words,
    summary,
)
from anymood.explanation.values import Explanation, RegionEffects
from anymood.labels import POLARITY
from anymood.posts import CLASSIFIER_OF, Prediction, Scores
from anymood.wording import points, short_label

WHY = {
    "both": "because the post has a text and an image",
    "text": "because the post has no image",
    "image": "because the post has no text",
}
COLOURS = {1: "green", 0: "yellow", -1: "red"}  # by polarity
GAP = 2  # blank columns between those of a table
BAR = 10  # columns, fewer on narrow terminals
PERCENT = len("100.0%")
MAX_LABELS = 8  # shown
MAX_LABEL_WIDTH = 24  # columns
FOR, AGAINST = "blue", "yellow"  # distinguishable by most colour-blind people
SIDE = 12  # columns on each side of the middle of a signed bar
POINTS = len("+100.0")
MAX_WORD_WIDTH = 30  # columns
SHADES = " ░▒▓█"
ASCII_SHADES = " .:*#"


class Bar:
    """A probability as a bar, in characters that the terminal supports, next to the number."""

    def __init__(self, value: float, style: str) -> None:
        self.value, self.style = value, style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        full, empty = ("#", ".") if options.ascii_only else ("━", "╌")
        width = max(0, min(BAR, options.max_width - PERCENT - 1))
        filled = round(self.value * width)
        figure = f"{self.value:{PERCENT}.1%}"
        yield Text.assemble((full * filled, self.style), (empty * (width - filled), "dim"), " " * bool(width), figure)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(PERCENT, BAR + 1 + PERCENT)


class SignedBar:
    """An effect as a bar to the right of a centre line if it is for the label, to the left if it is against it."""

    def __init__(self, effect: float, strongest: float) -> None:
        self.effect, self.strongest = effect, strongest

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        full, middle = ("#", "|") if options.ascii_only else ("━", "│")
        side = max(0, min(SIDE, (options.max_width - POINTS - 3) // 2))
        width = round(side * abs(self.effect) / self.strongest) if self.strongest else 0
        blank = " " * (side - width)
        left, right = (blank, full * width) if self.effect < 0 else (" " * side, "")
        more, end = ("", " " * side) if self.effect < 0 else (full * width, blank)
        yield Text.assemble(
            left, (right, AGAINST), (middle, "dim"), (more, FOR), end, f" {points(self.effect):>{POINTS}}"
        )

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(POINTS + 3, 2 * SIDE + 2 + POINTS)


class AtWidth:
    """Renderables that depend on the width of the terminal, one below the other."""

    def __init__(self, draw: Callable[[int], Iterable[RenderableType]]) -> None:
        self.draw = draw

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self.draw(options.max_width)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, Group(*self.draw(options.max_width)))


class RegionGrid:
    """The regions of an image: darker for stronger effects, with a minus sign if they are against the label."""

    def __init__(self, regions: RegionEffects) -> None:
        self.regions = regions

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shades = ASCII_SHADES if options.ascii_only else SHADES
        strongest = self.regions.strongest or 1.0
        for row in self.regions.effects:
            cells = []
            for effect in row:
                shade = shades[round(abs(effect) / strongest * (len(shades) - 1))]
                against = effect < 0 and shade != " "
                cells.append((f"-{shade}" if against else shade * 2, AGAINST if against else FOR))
            yield Text.assemble(*cells)


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
    title = Text("no label", "bold dim") if label is None else Text(short_label(label), f"bold {_colour(label)}")
    return _panel(parts, title)


def explanation_panel(explanation: Explanation) -> Panel:
    """The effects of text and image, the shaded words, a list of them, and the regions."""
    label = explanation.label
    if label is None:
        parts: list[RenderableType] = [Text(summary(explanation), "yellow")]
        return _panel(parts, Text("no label", "bold dim"))
    added = list(modality_effects(explanation).items())
    parts = [Text(summary(explanation), "dim"), "", _signed_bars(added)]
    if explanation.words:
        parts += ["", Text("Effects of the words, in points:", "dim"), _shaded(explanation)]
        if words := strongest_words(explanation):
            parts += ["", _signed_bars(words), Text(ABOUT_WORDS, "dim")]
    if explanation.regions is not None:
        text = f"{regions_in_words(explanation)} The darker, the stronger; a minus sign opposes {short_label(label)}:"
        parts += ["", Text(text, "dim"), RegionGrid(explanation.regions)]
    if explanation.prediction.problem is not None:
        parts += ["", Text(explanation.prediction.problem, "yellow")]
    return _panel(parts, Text(f"why {short_label(label)}", "bold"))


def _panel(parts: list[RenderableType], title: Text) -> Panel:
    return Panel(Group(*parts), title=title, title_align="left", box=box.ROUNDED, padding=(0, 1), expand=False)


def _agreement(text: Scores, image: Scores, disagreement: float) -> str:
    """The labels of text and image, and their disagreement."""
    text_label, image_label = short_label(text.label), short_label(image.label)
    if text.label == image.label:
        return f"text and image: both {text_label} (disagreement {disagreement:.0%})"
    return f"text: {text_label}, image: {image_label} (disagreement {disagreement:.0%})"


def _decided(prediction: Prediction) -> str:
    """The deciding classifier, with the reason unless a problem gives it."""
    if prediction.used == "none":
        return "decided by no classifier"
    decided = f"decided by the {CLASSIFIER_OF[prediction.used]} classifier"
    return decided if prediction.problem is not None else f"{decided}, {WHY[prediction.used]}"


def _bars(prediction: Prediction, deciding: Scores) -> AtWidth:
    """A row per label, a column per classifier that has scores; the deciding one is bright.

    Classifiers for which there is no room are in tables below the first one.
    """
    by_classifier = {
        name: scores for name in ("fused", "text", "image") if (scores := getattr(prediction, name)) is not None
    }
    order = deciding.labels
    if len(order) > MAX_LABELS:
        order = tuple(sorted(order, key=lambda label: -deciding.probabilities[label])[:MAX_LABELS])

    def draw(width: int) -> Iterator[Table]:
        label_width = max(1, min(MAX_LABEL_WIDTH, width - GAP - PERCENT, max(map(cell_len, order))))
        columns = max(1, (width - label_width) // (GAP + PERCENT))
        for first in range(0, len(by_classifier), columns):
            table = _table(label_width)
            part = list(by_classifier)[first : first + columns]
            for name in part:
                decides = name == CLASSIFIER_OF[prediction.used]
                table.add_column(name, header_style="bold" if decides else "dim", style="" if decides else "dim")
            for label in order:
                cells = [Bar(by_classifier[name].probabilities[label], _colour(label)) for name in part]
                table.add_row(Text(label, "bold" if label == deciding.label else ""), *cells)
            yield table

    return AtWidth(draw)


def _signed_bars(effects: list[tuple[str, float]]) -> AtWidth:
    """A row per effect."""
    strongest = max(abs(effect) for _, effect in effects)

    def draw(width: int) -> Iterator[Table]:
        table = _table(max(1, min(MAX_WORD_WIDTH, width - GAP - POINTS - 3)), show_header=False)
        table.add_column()
        for name, effect in effects:
            table.add_row(Text(name), SignedBar(effect, strongest))
        yield table

    return AtWidth(draw)


def _table(max_width: int, *, show_header: bool = True) -> Table:
    """A table whose first column has names of at most ``max_width`` columns."""
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, show_header=show_header)
    table.add_column("", no_wrap=True, overflow="ellipsis", max_width=max_width)
    return table


def _shaded(explanation: Explanation) -> Text:
    """The text with strong words emphasised: bold for the strongest, plain colour for weaker ones."""
    shaded = Text()
    for text, effect, share in pieces(explanation):
        weight = "bold reverse" if share >= 0.5 else "underline"
        shaded.append(text, f"{weight} {FOR if effect > 0 else AGAINST}" if share >= 0.1 else "")
    return shaded


def _colour(label: str) -> str:
    return COLOURS.get(POLARITY.get(label.lower(), 2), "cyan")
