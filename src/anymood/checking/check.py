"""All checks of a labelled table."""

import os
from collections import Counter

from anymood.checking.duplicates import check_texts, text_groups
from anymood.checking.findings import EXAMPLES, Check, Finding
from anymood.checking.images import check_images
from anymood.checking.rows import CheckedTable, read_checked_table
from anymood.checking.structure import check_labels, check_rows, check_splits
from anymood.datasets.corpus import presence
from anymood.errors import MissingExtra
from anymood.progress import no_progress
from anymood.reporting.reading import Progress
from anymood.reporting.results import PATTERN_NAMES
from anymood.runtime.bundle import TOKENIZER, Bundle
from anymood.runtime.predictor import Model
from anymood.tables.columns import DEFAULT_COLUMNS, Columns


def check_table(
    path: str | os.PathLike[str],
    model: Model,
    columns: Columns = DEFAULT_COLUMNS,
    *,
    image_folder: str | os.PathLike[str] | None = None,
    label_errors: bool = True,
    progress: Progress = no_progress,
) -> Check:
    """Check a table of labelled posts before training.

    Args:
        path: path of the table.
        model: model whose tokenizer measures long texts, and whose features are used to find label errors.
        columns: names of the columns.
        image_folder: folder that relative paths of images refer to; by default that of the table.
        label_errors: whether to find probable label errors, which takes as long as predicting the table. Needs
            ``anymood[check]``; without it, the check is listed as skipped.
        progress: called with the number of rows; returns a context manager, whose value is called with the number of
            rows whose image was read.

    Raises:
        TableError: the table cannot be read, or has no labelled post.
        SettingError: the folder of images does not exist.
        MissingExtra: the format of the table needs an optional dependency.
    """
    table = read_checked_table(path, columns, image_folder)
    groups = text_groups(table.rows)
    findings = [*check_labels(table), *check_splits(table), *check_rows(table), *check_texts(table, groups)]
    with progress(lambda: len(table.rows)) as update:
        findings += check_images(table, update)
    findings += _long_texts(table, model.bundle)
    skipped: list[str] = []
    if label_errors:
        from anymood.checking.label_errors import check_label_errors

        try:
            label_findings, skipped = check_label_errors(table.rows, groups, model)
            findings += label_findings
        except MissingExtra as error:
            skipped.append(str(error))
    counts: dict[str, Counter[str]] = {label: Counter() for label, _ in table.label_counts().most_common()}
    for row in table.rows:
        counts[row.label][row.split] += 1
    patterns = Counter(presence(row.post) for row in table.rows)
    return Check(
        table=table.name,
        rows=table.total,
        used=len(table.rows),
        counts={label: dict(of_split) for label, of_split in counts.items()},
        patterns={name: patterns[pattern] for pattern, name in PATTERN_NAMES.items()},  # type: ignore[index]
        findings=tuple(findings),
        skipped=tuple(skipped),
        notes=table.notes,
    )


def _long_texts(table: CheckedTable, bundle: Bundle) -> list[Finding]:
    """Texts that do not fit into the text encoder."""
    if TOKENIZER not in bundle.config.files:
        return []
    preparation = bundle.text_preparation()
    long = [row for row in table.rows if row.post.text and len(preparation.encode_windows(row.post.text)) > 1]
    if not long:
        return []
    finding = Finding(
        "long texts", f"Texts of more than {preparation.max_tokens} tokens", len(long),
        "Training only reads the beginning of a text; predictions average over all of it.",
        "Increase --max-tokens or max_tokens=, or shorten the texts to the part that the label is about.",
        tuple(row.example(f"{len(row.post.text or ''):,} characters") for row in long[:EXAMPLES]),
    )  # fmt: skip
    return [finding]
