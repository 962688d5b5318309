"""The report of a study in Markdown, as a page with embedded figures, and all numbers as JSON."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from anymood._version import __version__
from anymood.evaluation import drawing, figures
from anymood.experiments.comparisons import TITLES
from anymood.experiments.examples import DifferingPosts
from anymood.experiments.posts import pairs_of_share
from anymood.experiments.report_parts import (
    Picture,
    ReportTable,
    about_intervals,
    compared_cells,
    mean_and_deviation,
    part_pictures,
    part_tables,
)
from anymood.experiments.results import CLAIMS, Numbers
from anymood.experiments.run import StudyResult
from anymood.experiments.scores import ROW_MEANINGS, ClassifierRuns, RowComparison
from anymood.labels import LabelSet
from anymood.preparation.thumbnails import data_url
from anymood.reporting.page.markup import Section, document, escaped, markdown
from anymood.training.run_folder import versions

PRINTED: dict[str, dict[str, dict[str, str]]] = {
    "flickr-emotion": {
        "systems": {
            "SI": "70.59, 0.5808",
            "ST": "83.70, 0.7982",
            "L-Fus": "89.09, 0.8564",
            "SM": "89.93, 0.8659",
            "SM_I": "47.92, 0.4064",
            "SM_T": "79.90, 0.7486",
            "C_v": "70.34, 0.6067",
            "C_t": "83.99, 0.8095",
            "C_m": "91.17, 0.8803",
        },
        "unpaired": {"C_v": "75.47, 0.6507", "C_t": "83.92, 0.8063", "C_m": "91.59, 0.8810"},
    },
    "vso": {
        "systems": {
            "SI": "69.91, 0.7767",
            "ST": "84.15, 0.8779",
            "L-Fus": "85.73, 0.8913",
            "SM": "85.79, 0.8868",
            "C_v": "69.73, 0.7648",
            "C_t": "83.79, 0.8775",
            "C_m": "86.35, 0.8894",
        },
    },
}
"""Numbers of Pagé Fortin and Chaib-draa (2019), shown next to ours: accuracy in %, and F1.

The F1 of Tables 2 and 4 is the macro average, that of Table 3 is of the positive class.
"""


def write_report(result: StudyResult, numbers: Numbers, folder: Path, *, examples: bool = True) -> Path:
    """Write ``results.json``, ``report.md`` with ``figures/``, and ``report.html``; returns the path of the latter.

    Without ``examples`` (Table 5), the report contains no posts.
    """
    shutil.rmtree(folder / "figures", ignore_errors=True)
    (folder / "figures").mkdir(parents=True)
    study, posts = result.study, result.posts
    facts = {
        "study": {**study.identity(), "seeds": study.seeds},
        "posts": {
            "data": posts.whole.name,
            "digest": posts.whole.digest(),
            "problems": posts.whole.problem_counts(),
            "test": len(posts.test),
        },
        "versions": versions(),
    }
    (folder / "results.json").write_text(json.dumps({**facts, **numbers.to_dict()}, indent=2) + "\n", encoding="utf-8")
    tables, pictures = list(_tables(result, numbers)), list(_pictures(result, numbers))
    for picture in pictures:
        (folder / "figures" / picture.name).write_bytes(picture.content)
    shown = numbers.differing if examples else []
    for number, one in enumerate(shown, 1):
        (folder / "figures" / f"example-{number}.jpg").write_bytes(one.thumbnail)
    claims = [(letter, CLAIMS[letter], verdict) for letter, verdict in numbers.claims().items()]
    context = {
        "study": study,
        "words": {TITLES[part]: one.in_words() for part, one in numbers.parts.items()},
        "posts": posts,
        "facts": facts,
        "claims": claims,
        "tables": tables,
        "pictures": pictures,
        "examples": shown,
    }
    jinja = Environment(
        loader=PackageLoader("anymood.experiments", "templates"),
        autoescape=False,  # noqa: S701 - Markdown
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters["one_cell"] = _one_cell
    written = jinja.get_template("report.md.jinja").render(context)
    (folder / "report.md").write_text(written, encoding="utf-8")
    (folder / "report.html").write_text(_page(written, folder), encoding="utf-8")
    return folder / "report.html"


def _page(written: str, folder: Path) -> str:
    """The report as a page, with the figures in it."""

    def embedded(figure: re.Match[str]) -> str:
        kind = "image/png" if figure[1].endswith(".png") else "image/jpeg"
        return f'src="{data_url((folder / figure[1]).read_bytes(), kind)}"'

    title, *parts = re.split(r"^##? (.*)\n", written, flags=re.MULTILINE)[1:]
    contents = (re.sub(r'src="(figures/[^"]+)"', embedded, markdown(part, images=True)) for part in parts[2::2])
    sections = [Section(name, content) for name, content in zip(parts[1::2], contents, strict=True)]
    return document(title, [escaped(parts[0])], sections, __version__)


def _tables(result: StudyResult, numbers: Numbers) -> Iterator[ReportTable]:
    yield _statistics(numbers)
    printed, labels = PRINTED.get(result.study.name, {}), result.posts.labels
    measured = {name for table in (numbers.systems, numbers.unpaired, numbers.folds) for name in table}
    if measured:
        names = [(name, meaning) for name, meaning in ROW_MEANINGS.items() if name in measured]
        note = "The multitask network (MT) learns C_v, C_t and C_m together."
        yield ReportTable("Names of the systems", ("name", "meaning"), names, note)
    if numbers.systems:
        yield _scores("Tables 2 and 3: the systems", numbers.systems, labels, printed.get("systems", {}))
    if numbers.unpaired:
        yield _scores("Table 4: with unpaired posts", numbers.unpaired, labels, printed.get("unpaired", {}))
    if numbers.folds:
        yield _scores("The same over ten folds, seed 0", numbers.folds, labels, {})
    if numbers.shares:
        lines = [
            (
                f"{100 * share:.3g} % ({pairs_of_share(share, len(result.posts.train)):,})",
                how,
                *(mean_and_deviation(table[name]) if name in table else "" for name in ("C_m", "C_t", "C_v")),
            )
            for share, both in numbers.shares.items()
            for how, table in zip(("left out", "unpaired"), both, strict=True)
        ]
        header = ("pairs", "the others", "C_m", "C_t", "C_v")
        yield ReportTable("Figure 3 in numbers: accuracy in %", header, lines, "Mean and deviation over the seeds.")
    if numbers.differing:
        yield _differing(numbers.differing)
    if numbers.compared:
        yield _comparisons(numbers.compared)
    for part in numbers.parts.values():
        yield from part_tables(part)


def _statistics(numbers: Numbers) -> ReportTable:
    header = ("part", "class", "pairs", "text only", "image only")
    lines = [
        (part, name, *(f"{counts[pattern]:,}" for pattern in ("both", "text", "image")))
        for part, classes in numbers.statistics.items()
        for name, counts in classes.items()
    ]
    seen = numbers.seen
    note = f"{seen['texts']} texts and {seen['images']} images of the test part are also in the training part."
    return ReportTable("Table 1: posts", header, lines, note)


def _scores(
    title: str, table: Mapping[str, ClassifierRuns], labels: LabelSet, printed: Mapping[str, str]
) -> ReportTable:
    positive = _positive(labels)
    header = (
        "",
        "accuracy",
        "95 % interval",
        "weighted F1",
        "macro F1",
        *([] if positive is None else [f"F1 of {labels.names[positive]}"]),
        *(["the paper"] if printed else []),
    )
    lines = []
    for name, row in table.items():
        interval = row.interval("accuracy")
        cells = [
            f"{name} *" if row.is_majority() else name,
            mean_and_deviation(row),
            f"{100 * interval.low:.1f} to {100 * interval.high:.1f}",
            mean_and_deviation(row, "weighted_f1"),
            mean_and_deviation(row, "macro_f1"),
        ]
        if positive is not None:
            cells.append(mean_and_deviation(row, "f1", positive))
        if printed:
            cells.append(printed.get(name, ""))
        lines.append(tuple(cells))
    run, first = next(iter(next(iter(table.values())).runs.items()))
    note = (
        f"In %, mean and deviation. The interval contains 95 % of {run}'s accuracies when its test posts are resampled "
        f"(bootstrap). Always giving the most frequent class is right for {first.majority_accuracy:.1%}."
    )
    if any(row.is_majority() for row in table.values()):
        note += " * No better than that: its accuracy is exactly that of the most frequent class."
    return ReportTable(title, header, lines, note)


def _positive(labels: LabelSet) -> int | None:
    """Class index of the pleasant one of two classes, whose F1 is reported with two classes (Table 3)."""
    pleasant = [index for index, name in enumerate(labels) if (labels.polarity(name) or 0) > 0]
    return pleasant[0] if len(labels) == 2 and len(pleasant) == 1 else None


def _differing(examples: list[DifferingPosts]) -> ReportTable:
    lines = [(" and ".join(one.right), " and ".join(one.wrong), f"{one.posts:,}") for one in examples]
    note = "Test posts on which some of the three classifiers of the first seed are right, and others wrong."
    return ReportTable("Where the classifiers differ", ("right", "wrong", "posts"), lines, note)


def _comparisons(compared: list[RowComparison]) -> ReportTable:
    header = ("claim", "first", "second", "difference", "95 % interval", "test", "p", "p by Holm")
    cells = [(compared_cells(one), one.outcome.test) for one in compared]
    lines = [(*before[:5], test, *before[5:]) for before, test in cells]
    note = (
        "Points of accuracy. Paired tests share seeds, and so data order and splits; seeds repeat the training, not "
        "the test posts. Welch's tests are listed next to them, and not included in Holm's correction."
    ) + about_intervals(compared)
    return ReportTable("The tests behind the claims", header, lines, note)


def _pictures(result: StudyResult, numbers: Numbers) -> Iterator[Picture]:
    if numbers.confusions:
        matrices = figures.confusion_matrices(numbers.confusions, result.posts.labels.names)
        yield Picture(
            "Figure 2: confusion matrices", "confusion.png", drawing.png(matrices), "Test posts, summed over the seeds."
        )
    if numbers.shares and all(name in numbers.systems for name in ("SI", "ST", "C_m")):
        shares = [*numbers.shares, 1.0]
        lines = {}
        for name, which in (("C_m, the rest unpaired", 1), ("C_m, pairs alone", 0)):
            columns = [both[which]["C_m"].values("accuracy") for both in numbers.shares.values()]
            runs = [*columns, numbers.systems["C_m"].values("accuracy")]
            lines[name] = [list(run) for run in zip(*runs, strict=True)]
        baselines = {name: numbers.systems[name].mean("accuracy") for name in ("ST", "SI")}
        picture = drawing.png(figures.paired_share(shares, lines, baselines))
        yield Picture("Figure 3: few pairs", "shares.png", picture, "ST and SI learn from all texts and all images.")
    for part in numbers.parts.values():
        yield from part_pictures(part)


def _one_cell(text: str) -> str:
    """A plain text within one cell of a Markdown table."""
    marked = re.sub(r"[\\|*`\[]|(?<!\w)_|_(?!\w)", r"\\\g<0>", text)
    return marked.replace("&", "&amp;").replace("<", "&lt;")
