"""What a check finds, as frozen values: text, JSON and a page of them."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from anymood._version import __version__
from anymood.reporting.results import check_target, write_output
from anymood.wording import plural

EXAMPLES = 20  # of a finding, in JSON and on the page
SHOWN = 5  # of them as text


@dataclass(frozen=True, slots=True)
class RowExample:
    """A row of a finding.

    Attributes:
        where: file and line.
        text: the beginning of its text, or the name of its image.
        detail: what is said of this row.
    """

    where: str
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a table that is probably not meant.

    Attributes:
        name: short and fixed, for programs: ``similar labels``.
        title: what was found, in a few words.
        count: how many rows, or labels, have it.
        explanation: what it means for training.
        advice: what to do about it.
        examples: some of them.
    """

    name: str
    title: str
    count: int
    explanation: str
    advice: str
    examples: tuple[RowExample, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """The result of checking a table.

    Attributes:
        table: its name.
        rows: how many rows it has.
        used: how many of them training would use.
        counts: posts by label and split; the split is "" where none is given.
        parts: posts with text and image, text alone, and image alone.
        findings: in the order of the checks.
        skipped: checks that could not be made, and why.
    """

    table: str
    rows: int
    used: int
    counts: Mapping[str, Mapping[str, int]]
    parts: Mapping[str, int]
    findings: tuple[Finding, ...]
    skipped: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"format": "anymood-check", "format_version": 1, **asdict(self)}

    def to_json(self) -> str:
        """The same as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n"

    def to_text(self) -> str:
        """For a terminal."""
        parts = ", ".join(f"{count:,} with {name}" for name, count in self.parts.items())
        lines = [f"{self.table}: {plural(self.rows, 'row')}, {plural(self.used, 'labelled post')} ({parts}).", ""]
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
        """A page that loads nothing else."""
        from anymood.checking.page import render

        return render(self, __version__)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a page, or JSON if the name ends in ``.json``.

        Raises:
            SettingError: the name ends in neither ``.html`` nor ``.json``, or the file cannot be written.
        """
        target: Path = check_target(path)
        write_output(target, self.to_json() if target.suffix.lower() == ".json" else self.to_html())


def splits_of(counts: Mapping[str, Mapping[str, int]]) -> Sequence[str]:
    """The splits that occur, in their usual order."""
    found = {split for of_label in counts.values() for split in of_label}
    usual = [name for name in ("train", "validation", "test", "") if name in found]
    return [*usual, *sorted(found - set(usual))]


def _counts_table(counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Posts by label and split, in columns."""
    splits = splits_of(counts)
    head = ["label", *(split or "no split" for split in splits)]
    rows = [[label, *(f"{of_label.get(split, 0):,}" for split in splits)] for label, of_label in counts.items()]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in [head, *rows]
    ]
