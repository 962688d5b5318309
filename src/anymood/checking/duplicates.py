"""Checks of duplicates: the same texts or images, within a split, across splits, and with different labels."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from anymood.checking.findings import EXAMPLES, Finding, RowExample
from anymood.checking.rows import CheckedRow, CheckedTable, places
from anymood.datasets.duplicates import comparable
from anymood.posts import Post
from anymood.reporting.copies import MIN_WORDS, copy_groups
from anymood.reporting.words import Vocabulary
from anymood.wording import short_label

Groups = Sequence[Sequence[CheckedRow]]


def text_groups(rows: Sequence[CheckedRow]) -> list[int]:
    """A group number per row, equal for rows with the same or nearly the same text; rows without text are separate.

    Short texts are equal if ``comparable`` makes them so; longer ones also if they are near-duplicates.
    """
    vocabulary = Vocabulary.of(row.post.text for row in rows)
    near = copy_groups(vocabulary)
    lengths = vocabulary.starts[1:] - vocabulary.starts[:-1]
    numbers: dict[object, int] = {}
    keys: list[object] = []
    for index, row in enumerate(rows):
        short = comparable(row.post.text) if lengths[index] < MIN_WORDS else None
        keys.append(("same", short) if short else ("near", int(near[index])))
    return [numbers.setdefault(key, len(numbers)) for key in keys]


def check_texts(table: CheckedTable, groups: Sequence[int]) -> Iterator[Finding]:
    """Findings on repeated texts.

    Args:
        table: the rows.
        groups: result of ``text_groups``.
    """
    yield from findings_of("texts", _repeated(table.rows, groups))


def findings_of(what: str, repeated: Groups) -> Iterator[Finding]:
    """Findings on groups of equal rows: across splits, with different labels, and within a split.

    Args:
        what: ``texts`` or ``images``.
        repeated: groups of at least two rows.
    """
    across = [group for group in repeated if len({row.split or "train" for row in group}) > 1]
    if across:
        leaked = sum(row.split in ("validation", "test") for group in across for row in group)
        yield Finding(
            f"{what} across splits", f"The same {what} in several splits", leaked,
            f"Posts of validation and test with (nearly) the same {what[:-1]} as posts of another split: scores on "
            "them are too good.", "Put copies into the same split; without a column split, anymood train does so.",
            _examples(what, across, lambda row: row.split or "no split"),
        )  # fmt: skip
    differing = [group for group in repeated if len({row.label for row in group}) > 1]
    if differing:
        yield Finding(
            f"{what} with several labels", f"The same {what} with different labels", sum(map(len, differing)),
            "At least one of the labels is wrong, or the label depends on other information.",
            "Decide on one label, or remove the posts.", _examples(what, differing, lambda row: short_label(row.label)),
        )  # fmt: skip
    extra = sum(len(group) - len({row.split or "train" for row in group}) for group in repeated)
    if extra:
        within = [group for group in repeated if len(group) > len({row.split or "train" for row in group})]
        yield Finding(
            f"repeated {what}", f"Repeated {what} within a split", extra,
            "Copies count as often as they occur, in training and in scores.", "Keep one of each.",
            _examples(what, within, lambda row: short_label(row.label)),
        )  # fmt: skip


def _repeated(rows: Sequence[CheckedRow], groups: Sequence[int]) -> list[list[CheckedRow]]:
    members: dict[int, list[CheckedRow]] = {}
    for row, number in zip(rows, groups, strict=True):
        if row.post.text is not None:
            members.setdefault(number, []).append(row)
    return sorted((group for group in members.values() if len(group) > 1), key=len, reverse=True)


def _examples(what: str, groups: Groups, detail: Callable[[CheckedRow], str]) -> tuple[RowExample, ...]:
    shown = []
    for group in groups[:EXAMPLES]:
        details = dict.fromkeys(detail(row) for row in group)
        summary = f"{len(group)} rows: {', '.join(details)}"
        first = replace(group[0], post=Post(image=group[0].post.image)) if what == "images" else group[0]
        shown.append(RowExample(places([row.where for row in group[:3]]), first.example().text, summary))
    return tuple(shown)
