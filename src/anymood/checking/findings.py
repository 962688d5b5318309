"""Findings of a check as frozen values, and their output as text, JSON and a page."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from anymood._version import __version__
from anymood.datasets.splits import SPLITS
from anymood.reporting.page.markup import Section, document, element, escaped, isolated, table
from anymood.reporting.results import Page
from anymood.wording import plural, short_label

EXAMPLES = 20  # examples of a finding, in JSON and on the page
SHOWN = 5  # the same, as text
LABELS_SHOWN = 30  # maximum number of labels in the table of counts, as text


@dataclass(frozen=True, slots=True)
class RowExample:
    """A row of a finding.

    Attributes:
        where: file and line, or a split.
        text: the beginning of its text, the name of its image, a label or an id.
        detail: a remark on this row.
    """

    where: str
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a table that is probably not intended.

    Attributes:
        name: short fixed name, for programs: ``similar labels``.
        title: the finding in a few words.
        count: number of affected rows or labels.
        explanation: its effect on training.
        advice: what to do about it.
        examples: some of the rows.
    """

    name: str
    title: str
    count: int
    explanation: str
    advice: str
    examples: tuple[RowExample, ...] = ()


@dataclass(frozen=True, slots=True)
class Check(Page):
    """The result of checking a table.

    Attributes:
        table: name of the table.
        rows: number of rows.
        used: number of rows that training would use.
        counts: number of posts by label and split; the split is "" if none is given.
        patterns: number of posts by presence pattern: text and image, text alone, and image alone.
        findings: findings in the order of the checks.
        skipped: checks that were skipped, with reasons.
        notes: assumptions about the table, such as the column that is read as the text.
    """

    table: str
    rows: int
    used: int
    counts: Mapping[str, Mapping[str, int]]
    patterns: Mapping[str, int]
    findings: tuple[Finding, ...]
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        findings = ", ".join(f"{each.name} ({each.count:,})" for each in self.findings) or "no findings"
        return f"<Check of {self.table!r}: {findings}>"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"format": "anymood-check", "format_version": 1, **asdict(self)}

    def to_text(self) -> str:
        """Text for a terminal."""
        lines = [
            f"{self.table}: {plural(self.rows, 'row')}, {plural(self.used, 'labelled post')} ({_by_pattern(self)}).",
            *(f"Note: {note}." for note in self.notes),
            "",
        ]
        lines += _counts_table(self.counts)
        for finding in self.findings:
            lines += ["", f"{finding.title}: {finding.count:,}", f"  {finding.explanation} {finding.advice}"]
            for each in finding.examples[:SHOWN]:
                detail = f" ({each.detail})" if each.detail else ""
                lines.append(f"    {each.where}: {each.text}{detail}")
        lines += ["", *(f"Not checked: {each}" for each in self.skipped)]
        if not self.findings:
            lines.append("Nothing was found.")
        return "\n".join(lines).rstrip() + "\n"

    def to_html(self) -> str:
        """A self-contained page."""
        facts = [plural(self.rows, "row"), plural(self.used, "labelled post"), plural(len(self.findings), "finding")]
        sections = [Section("Labels", _counts_section(self))]
        sections += [Section(f"{each.title}: {each.count:,}", _finding_section(each)) for each in self.findings]
        if self.skipped:
            skipped = element("ul", (element("li", escaped(each)) for each in self.skipped))
            sections.append(Section("Not checked", skipped))
        return document(f"Check of {self.table}", facts, sections, __version__)


def splits_of(counts: Mapping[str, Mapping[str, int]]) -> Sequence[str]:
    """The splits of the table, in the usual order."""
    splits = {split for of_label in counts.values() for split in of_label}
    usual = [name for name in (*SPLITS, "") if name in splits]
    return [*usual, *sorted(splits - set(usual))]


def _counts_table(counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Posts by label and split, in columns."""
    splits = splits_of(counts)
    head = ["label", *(split or "no split" for split in splits)]
    rows = [
        [short_label(label), *(f"{of_label.get(split, 0):,}" for split in splits)]
        for label, of_label in list(counts.items())[:LABELS_SHOWN]
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in [head, *rows]
    ]
    return [*lines, f"and {len(counts) - LABELS_SHOWN:,} more labels"] if len(counts) > LABELS_SHOWN else lines


def _by_pattern(check: Check) -> str:
    """The number of posts by presence pattern, as a phrase."""
    return ", ".join(f"{count:,} with {name}" for name, count in check.patterns.items())


def _counts_section(check: Check) -> str:
    splits = splits_of(check.counts)
    rows = [
        [isolated(label), *(f"{counts.get(split, 0):,}" for split in splits)] for label, counts in check.counts.items()
    ]
    head = ["label", *(escaped(split or "no split") for split in splits)]
    nothing = "" if check.findings else element("p", "Nothing was found.")
    notes = "".join(element("p", f"{escaped(note)}.", cls="note") for note in check.notes)
    return (
        nothing
        + element("p", f"{_by_pattern(check)}.")
        + notes
        + table(head, rows, caption="Posts", numbers=len(splits))
    )


def _finding_section(finding: Finding) -> str:
    words = element("p", f"{escaped(finding.explanation)} {escaped(finding.advice)}")
    if not finding.examples:
        return words
    head = ["where", "content", *(["detail"] if any(each.detail for each in finding.examples) else [])]
    rows = [[isolated(cell) for cell in (each.where, each.text, each.detail)[: len(head)]] for each in finding.examples]
    return words + table(head, rows, caption="Examples", label=f"Examples: {finding.title}", cls="sayings")
