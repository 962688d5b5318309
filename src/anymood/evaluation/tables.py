"""An evaluation as tables for the terminal, readable at 80 columns; rich renderables."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from anymood.evaluation.metrics import ClassifierMetrics, ClassifierName, Evaluation, Pattern

PATTERNS: dict[Pattern, str] = {"all": "all", "both": "both", "text": "text only", "image": "image only"}
SCORES_TITLE = "Scores of each classifier in %, Brier from 0 to 2"
CONFUSIONS = 12  # rows of the list that replaces a matrix wider than the terminal
MAX_LABEL_WIDTH = 24  # columns


def evaluation_tables(evaluation: Evaluation) -> Group:
    """The scores, the classes, and a confusion matrix per classifier.

    Routed predictions are omitted if all posts have the same presence pattern: they equal those of one classifier.
    """
    parts: list[RenderableType] = [ScoreTable(evaluation), "", classes_table(evaluation)]
    for classifier in _shown(evaluation):
        matrix = ConfusionTable(classifier, evaluation.metrics[classifier]["all"], tuple(evaluation.labels))
        parts += ["", matrix]
    return Group(*parts)


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """The scores as a table, or as lines where the terminal is too narrow for it."""

    evaluation: Evaluation

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = scores_table(self.evaluation)
        if console.measure(table, options=options.update_width(10_000)).maximum <= options.max_width:
            yield table
            return
        yield Text(str(table.title), "bold")
        headings = [str(column.header).replace("\n", " ") for column in table.columns[2:]]
        classifier = ""
        for row in zip(*(column.cells for column in table.columns), strict=True):
            name, pattern, *values = map(str, row)
            classifier = name or classifier
            scores = ", ".join(f"{heading} {value}" for heading, value in zip(headings, values, strict=True))
            yield Text.assemble((f"{classifier}, {pattern}: ", "bold"), scores)
        if table.caption is not None:
            yield Text(str(table.caption))


def scores_table(evaluation: Evaluation) -> Table:
    """Scores, a row for each classifier and presence pattern."""
    table = _table(SCORES_TITLE)
    for heading in ("", "posts with"):
        table.add_column(heading, no_wrap=True)
    for heading in ("n", "accuracy", "weighted\nF1", "macro\nF1", "ECE", "Brier", "majority\nclass"):
        table.add_column(heading, justify="right", no_wrap=True)
    classifiers = _shown(evaluation)
    for classifier in classifiers:
        patterns = evaluation.metrics[classifier]
        # "all" only if there are several patterns.
        shown = [pattern for pattern in patterns if pattern != "all" or len(patterns) > 2]
        for pattern in shown:
            metrics = patterns[pattern]
            table.add_row(
                classifier if pattern == shown[0] else "",
                PATTERNS[pattern],
                f"{metrics.n:,}",
                Text(_percent(metrics.accuracy), "bold"),
                _percent(metrics.weighted_f1),
                _percent(metrics.macro_f1),
                _percent(metrics.ece),
                f"{metrics.brier:.3f}",
                _percent(metrics.majority_accuracy),
                end_section=pattern == shown[-1] and "routed" in classifiers,
            )
    nothing = evaluation.counts["none"]
    if nothing:
        table.caption = (
            f"{nothing:,} more {'post has' if nothing == 1 else 'posts have'} no text or image that the model reads."
        )
    return table


def classes_table(evaluation: Evaluation) -> Table:
    """F1 of each class by classifier, on all posts that the classifier can predict."""
    table = _table("F1 of each class in %")
    table.add_column("class", no_wrap=True, overflow="ellipsis", max_width=MAX_LABEL_WIDTH)
    for heading in ("n", *_shown(evaluation)):
        table.add_column(heading, justify="right", no_wrap=True)
    for index, label in enumerate(evaluation.labels):
        support = evaluation.metrics["routed"]["all"].per_class[index].support
        scores = [evaluation.metrics[name]["all"].per_class[index].f1 for name in _shown(evaluation)]
        table.add_row(Text(label), f"{support:,}", *map(_percent, scores))
    return table


@dataclass(frozen=True, slots=True)
class ConfusionTable:
    """A confusion matrix with the recall of each class, adapted to the width of the terminal.

    If the class names do not fit above the columns, numbers replace them; if these do not fit either, a list of the
    most frequent confusions replaces the matrix.

    Attributes:
        classifier: name, for the title.
        metrics: with C classes.
        labels: names of the C classes.
    """

    classifier: str
    metrics: ClassifierMetrics
    labels: tuple[str, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        numbers = [str(n) for n in range(1, len(self.labels) + 1)]
        for headings, names in (
            (self.labels, self.labels),
            (numbers, [f"{number} {label}" for number, label in zip(numbers, self.labels, strict=True)]),
        ):
            matrix = self._matrix(headings, names)
            if console.measure(matrix, options=options.update_width(10_000)).maximum <= options.max_width:
                yield matrix
                return
        yield self._list()

    def _matrix(self, headings: Sequence[str], names: Sequence[str]) -> Table:
        table = _table(f"{self.classifier}: truth by prediction")
        table.add_column("", no_wrap=True, overflow="ellipsis", max_width=MAX_LABEL_WIDTH)
        for heading in (*headings, "recall"):
            table.add_column(Text(heading), justify="right", no_wrap=True)
        rows = zip(names, self.metrics.confusion, self.metrics.per_class, strict=True)
        for index, (name, counts, one) in enumerate(rows):
            cells = [
                Text(f"{count:,}", "bold" if column == index else "" if count else "dim")
                for column, count in enumerate(counts)
            ]
            table.add_row(Text(name), *cells, f"{one.recall:.0%}" if one.support else "")
        return table

    def _list(self) -> Table:
        table = _table(f"{self.classifier}: most frequent confusions")
        table.add_column("truth", no_wrap=True, overflow="ellipsis", max_width=MAX_LABEL_WIDTH)
        table.add_column("prediction", no_wrap=True, overflow="ellipsis", max_width=MAX_LABEL_WIDTH)
        table.add_column("n", justify="right", no_wrap=True)
        table.add_column("of the truth", justify="right", no_wrap=True)
        wrong = [
            (count, row, column)
            for row, counts in enumerate(self.metrics.confusion)
            for column, count in enumerate(counts)
            if count and row != column
        ]
        for count, row, column in sorted(wrong, key=lambda cell: (-cell[0], cell[1:]))[:CONFUSIONS]:
            share = f"{count / self.metrics.per_class[row].support:.0%}"
            table.add_row(Text(self.labels[row]), Text(self.labels[column]), f"{count:,}", share)
        return table


def _table(title: str) -> Table:
    return Table(
        title=title,
        min_width=cell_len(title),  # otherwise rich wraps the title of a narrow table
        title_justify="left",
        title_style="bold",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        header_style="dim",
    )


def _shown(evaluation: Evaluation) -> list[ClassifierName]:
    """The classifiers to show: routed predictions only if they are of several classifiers."""
    several = len(evaluation.metrics["routed"]) > 2
    return [classifier for classifier in evaluation.metrics if several or classifier != "routed"]


def _percent(value: float) -> str:
    return f"{value * 100:.1f}"
