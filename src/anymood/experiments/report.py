"""The report of a study: one page of HTML with its pictures inside, the same in Markdown, and all numbers as JSON."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from anymood.evaluation import figures
from anymood.experiments.paper import PRINTED
from anymood.experiments.results import CLAIMS, Numbers
from anymood.experiments.run import StudyResult
from anymood.experiments.scores import Compared, Row
from anymood.training.fit import versions


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they are shown.

    Attributes:
        title: what it shows.
        header: names of the columns.
        rows: cells, one for each column.
        note: what a reader must know of it.
    """

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure as a PNG file.

    Attributes:
        title: what it shows.
        name: of its file.
        content: of its file.
        note: what a reader must know of it.
    """

    title: str
    name: str
    content: bytes
    note: str = ""

    @property
    def inline(self) -> str:
        """The picture as a data URI."""
        return "data:image/png;base64," + base64.b64encode(self.content).decode()


def write_report(result: StudyResult, found: Numbers, folder: Path) -> Path:
    """Write ``results.json``, ``report.md`` with ``figures/``, and ``report.html``; return the latter.

    Args:
        result: the study.
        found: its numbers.
        folder: where to.
    """
    (folder / "figures").mkdir(parents=True, exist_ok=True)
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
    (folder / "results.json").write_text(json.dumps({**facts, **found.to_dict()}, indent=2) + "\n", encoding="utf-8")
    tables, pictures = list(_tables(result, found)), list(_pictures(result, found))
    for picture in pictures:
        (folder / "figures" / picture.name).write_bytes(picture.content)
    claims = [(letter, CLAIMS[letter], said) for letter, said in found.claims().items()]
    told = {"study": study, "posts": posts, "facts": facts, "claims": claims, "tables": tables, "pictures": pictures}
    for name in ("report.md", "report.html"):
        jinja = Environment(
            loader=PackageLoader("anymood.experiments", "templates"),
            autoescape=name.endswith(".html"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        (folder / name).write_text(jinja.get_template(f"{name}.jinja").render(told), encoding="utf-8")
    return folder / "report.html"


def _tables(result: StudyResult, found: Numbers) -> Iterator[Table]:
    yield _statistics(found)
    printed = PRINTED.get(result.study.name, {})
    if found.systems:
        yield _scores("Tables 2 and 3: the systems", found.systems, printed.get("systems", {}))
    if found.unpaired:
        yield _scores("Table 4: with unpaired posts", found.unpaired, printed.get("unpaired", {}))
    if found.folds:
        yield _scores("The same over ten folds, seed 0", found.folds, {})
    if found.shares:
        lines = [
            (
                f"{100 * share:g} %",
                how,
                *(_spread(table[name]) if name in table else "" for name in ("C_m", "C_t", "C_v")),
            )
            for share, both in found.shares.items()
            for how, table in zip(("left out", "unpaired"), both, strict=True)
        ]
        header = ("pairs", "the others", "C_m", "C_t", "C_v")
        yield Table("Figure 3 in numbers: accuracy in %", header, lines, "Mean and deviation over the seeds.")
    if found.compared:
        yield _comparisons(found.compared)


def _statistics(found: Numbers) -> Table:
    header = ("part", "class", "pairs", "text only", "image only")
    lines = [
        (part, name, *(f"{counts[pattern]:,}" for pattern in ("both", "text", "image")))
        for part, classes in found.statistics.items()
        for name, counts in classes.items()
    ]
    seen = found.seen
    note = f"{seen['texts']} texts and {seen['images']} images of the test part also stand in the training part."
    return Table("Table 1: posts", header, lines, note)


def _scores(title: str, table: Mapping[str, Row], printed: Mapping[str, str]) -> Table:
    header = ("", "accuracy", "weighted F1", "macro F1", *(["the paper"] if printed else []))
    lines = [
        (
            name,
            *(_spread(row, score) for score in ("accuracy", "weighted_f1", "macro_f1")),
            *([printed.get(name, "")] if printed else []),
        )
        for name, row in table.items()
    ]
    first = next(iter(next(iter(table.values())).runs.values()))
    note = (
        f"In %, mean and deviation. Always giving the most frequent class is right for {first.majority_accuracy:.1%}."
    )
    return Table(title, header, lines, note)


def _comparisons(compared: list[Compared]) -> Table:
    header = ("claim", "first", "second", "difference", "95 % interval", "test", "p", "p by Holm")
    lines: list[tuple[str, ...]] = []
    for one in compared:
        outcome = one.outcome
        interval = "" if outcome.interval is None else "{:+.1f} to {:+.1f}".format(*(100 * x for x in outcome.interval))
        adjusted = "" if one.adjusted is None else f"{one.adjusted:.3g}"
        difference = f"{100 * outcome.difference:+.1f}"
        shown = (
            one.claim,
            one.first,
            one.second,
            difference,
            interval,
            outcome.test,
            f"{outcome.p_value:.3g}",
            adjusted,
        )
        lines.append(shown)
    note = (
        "Points of accuracy. Paired tests share seeds, and so data order and splits; seeds repeat the training, not "
        "the test posts. Welch's tests are beside them, and not counted by Holm."
    )
    return Table("The tests behind the claims", header, lines, note)


def _pictures(result: StudyResult, found: Numbers) -> Iterator[Picture]:
    if found.confusions:
        matrices = figures.confusion_matrices(found.confusions, result.posts.labels.names)
        yield Picture(
            "Figure 2: confusion matrices", "confusion.png", figures.png(matrices), "Test posts, summed over the seeds."
        )
    if found.shares and all(name in found.systems for name in ("SI", "ST", "C_m")):
        shares = [*found.shares, 1.0]
        lines = {}
        for name, which in (("C_m, the rest unpaired", 1), ("C_m, pairs alone", 0)):
            columns = [both[which]["C_m"].values("accuracy") for both in found.shares.values()]
            runs = [*columns, found.systems["C_m"].values("accuracy")]
            lines[name] = [list(run) for run in zip(*runs, strict=True)]
        baselines = {name: found.systems[name].mean("accuracy") for name in ("ST", "SI")}
        picture = figures.png(figures.paired_share(shares, lines, baselines))
        yield Picture("Figure 3: few pairs", "shares.png", picture, "ST and SI learn from all texts and all images.")


def _spread(row: Row, score: str = "accuracy") -> str:
    deviation = row.deviation(score)
    return f"{100 * row.mean(score):.1f}" + ("" if deviation is None else f" ± {100 * deviation:.1f}")
