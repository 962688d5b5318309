"""The page of a check."""

from anymood.checking.findings import Check, Finding, splits_of
from anymood.reporting.page.document import Section, document
from anymood.reporting.page.markup import element, escaped, isolated, table
from anymood.wording import plural


def render(check: Check, version: str) -> str:
    """The page as HTML."""
    facts = [plural(check.rows, "row"), plural(check.used, "labelled post"), plural(len(check.findings), "finding")]
    sections = [Section("Labels", _counts(check))]
    sections += [Section(f"{each.title}: {each.count:,}", _finding(each)) for each in check.findings]
    if check.skipped:
        skipped = element("ul", (element("li", escaped(each)) for each in check.skipped))
        sections.append(Section("Not checked", skipped))
    return document(f"Check of {check.table}", facts, sections, version)


def _counts(check: Check) -> str:
    splits = splits_of(check.counts)
    rows = [
        [isolated(label), *(f"{counts.get(split, 0):,}" for split in splits)] for label, counts in check.counts.items()
    ]
    head = ["label", *(escaped(split or "no split") for split in splits)]
    parts = ", ".join(f"{count:,} with {name}" for name, count in check.parts.items())
    nothing = "" if check.findings else element("p", "Nothing was found.")
    return nothing + element("p", f"{parts}.") + table(head, rows, caption="Posts", numbers=len(splits))


def _finding(finding: Finding) -> str:
    words = element("p", f"{escaped(finding.explanation)} {escaped(finding.advice)}")
    if not finding.examples:
        return words
    rows = [[isolated(each.where), isolated(each.text), isolated(each.detail)] for each in finding.examples]
    return words + table(
        ["row", "text or image", "detail"], rows, caption="Examples", label=f"Examples: {finding.title}", cls="sayings"
    )
