"""Checks of rows, labels and splits."""

from collections.abc import Iterator

from anymood.checking.findings import EXAMPLES, Finding, RowExample
from anymood.checking.rows import CheckedTable, first, places
from anymood.datasets.label_names import MAX_TYPO_SHARE, similar_labels
from anymood.datasets.splits import SPLITS
from anymood.posts import Reason
from anymood.wording import plural

MIN_POSTS_PER_LABEL = 10  # posts for learning a label
MAX_LABEL_RATIO = 20  # of the most to the least frequent label
MAX_LABELS = 200


def check_rows(table: CheckedTable) -> Iterator[Finding]:
    """Findings on rows that training excludes or rejects."""
    if table.unlabelled:
        yield Finding(
            "no label", "Rows without a label", len(table.unlabelled), "They are excluded.",
            "Label them, or remove them.", first(table.unlabelled),
        )  # fmt: skip
    if table.empty:
        yield Finding(
            "empty post", "Rows with neither a text nor an existing image", len(table.empty),
            "They are excluded.",
            "Check the columns (--text-column and --image-column, or text= and image=) and the paths of the images.",
            table.empty[:EXAMPLES],
        )  # fmt: skip
    if table.repeated:
        rows = sum(map(len, table.repeated.values()))
        yield Finding(
            "repeated id", "Rows whose id occurs more than once", rows, "Training rejects such a table.",
            "Give each post a unique id, or ignore the column (--id-column '' or id=None).",
            tuple(RowExample(places(where[:3]), name) for name, where in [*table.repeated.items()][:EXAMPLES]),
        )  # fmt: skip
    by_reason: dict[str, list[RowExample]] = {}
    for problem in table.problems:
        by_reason.setdefault(problem.reason, []).append(RowExample(problem.where or "", problem.message))
    for reason, examples in by_reason.items():
        yield Finding(
            reason, f"Rows with a problem: {reason}", len(examples), "Unreadable parts are excluded.",
            Reason(reason).meaning, tuple(examples[:EXAMPLES]),
        )  # fmt: skip


def check_labels(table: CheckedTable) -> Iterator[Finding]:
    """Findings on predicted labels, on similar and rare label names, and on class balance."""
    counts = table.label_counts()
    if table.are_predicted:
        yield Finding(
            "predicted labels", "All labels are predictions of a model", len(table.rows),
            "Training rejects such a table.",
            "Give a table with labels of annotators, or name their column with --label-column or label=.",
        )  # fmt: skip
    if len(counts) > min(MAX_LABELS, max(MIN_POSTS_PER_LABEL, len(table.rows) / 2)):
        yield Finding(
            "many labels", "Very many labels", len(counts), "The column may contain something else, such as a score.",
            "Name another column with --label-column or label=, or group the labels.",
            tuple(first([row], row.label)[0] for row in table.rows[:EXAMPLES]),
        )  # fmt: skip
        return
    pairs = similar_labels(counts, few_share=MAX_TYPO_SHARE)
    if pairs:
        examples = []
        for name, usual in pairs[:EXAMPLES]:
            row = next(row for row in table.rows if row.label == name)
            examples.append(
                row.example(f"{name!r}: {plural(counts[name], 'post')}, {usual!r}: {plural(counts[usual], 'post')}")
            )
        yield Finding(
            "similar labels", "Labels with nearly the same name", len(pairs),
            "Each name becomes a class of its own; training rejects names that only differ in case, whitespace or .0.",
            "Use one name if they mean the same.", tuple(examples),
        )  # fmt: skip
    mistaken = {name for name, _ in pairs}
    rare = [name for name, count in counts.items() if count < MIN_POSTS_PER_LABEL and name not in mistaken]
    if rare:
        yield Finding(
            "rare labels", f"Labels with fewer than {MIN_POSTS_PER_LABEL} posts", len(rare),
            "They are too few to learn or to measure.", "Label more posts, or merge them with another label.",
            tuple(first([row for row in table.rows if row.label == name][:1], name)[0] for name in rare[:EXAMPLES]),
        )  # fmt: skip
    names = {name: count for name, count in counts.items() if name not in mistaken}
    if len(names) == 1:
        yield Finding(
            "one label", "All posts have the same label", len(table.rows), "Training needs at least two labels.",
            "Add posts of another label.",
        )  # fmt: skip
    most, least = max(names, key=names.__getitem__), min(names, key=names.__getitem__)
    if names[most] > MAX_LABEL_RATIO * names[least]:
        yield Finding(
            "imbalance", "Labels are unbalanced", len(names),
            f"{most!r} has {plural(names[most], 'post')} and {least!r} {names[least]:,}. A model can be accurate and "
            "miss the rare label; look at macro F1.", "Label more posts of the rare labels.",
        )  # fmt: skip


def check_splits(table: CheckedTable) -> Iterator[Finding]:
    """Findings on names of splits, and on labels missing in a split."""
    splits = {row.split for row in table.rows}
    unknown = [row for row in table.rows if row.split and row.split not in SPLITS]
    if unknown:
        yield Finding(
            "unknown split", "Rows with an unknown split", len(unknown), "Training rejects such a table.",
            "Write train, validation or test, or ignore the column (--split-column '' or split=None).",
            tuple(row.example(row.split) for row in unknown[:EXAMPLES]),
        )  # fmt: skip
    if splits.isdisjoint({"train", ""}) and not unknown:
        yield Finding(
            "no training posts", "No row is for training", len(table.rows), "Training needs rows of the split train.",
            "Write train in some rows, or ignore the column (--split-column '' or split=None).", first(table.rows),
        )  # fmt: skip
    if "" in splits and len(splits) > 1:
        rows = [row for row in table.rows if not row.split]
        yield Finding(
            "no split", "Rows without a split, although others have one", len(rows), "They are used for training.",
            "Name their split.", first(rows),
        )  # fmt: skip
    present = {(row.split, row.label) for row in table.rows}
    labels = table.label_counts()
    lacking = [
        (split, label) for split in SPLITS if split in splits for label in labels if (split, label) not in present
    ]
    if lacking:
        yield Finding(
            "label not in split", "Labels that are missing in a split", len(lacking),
            "Labels that are not in train cannot be learned; those not in test cannot be measured.",
            "Split the posts again, with each label in the same proportion.",
            tuple(RowExample(split, label) for split, label in lacking[:EXAMPLES]),
        )  # fmt: skip
