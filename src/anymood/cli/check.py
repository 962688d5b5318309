"""``anymood check``: checks of a labelled table before training."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from anymood.cli import terminal
from anymood.cli.options import (
    LABELLED_COLUMNS,
    ImageFolder,
    Json,
    LabelledColumns,
    ModelOption,
    NameOrPath,
    Overwrite,
    Threads,
)


def check(
    table: Annotated[NameOrPath, Parameter(help="Table of labelled posts, as for anymood train.")],
    /,
    *,
    output: Annotated[Path | None, Parameter(alias="-o", help="Output file: a page (.html) or JSON (.json).")] = None,
    overwrite: Overwrite = False,
    json: Json = False,
    label_errors: Annotated[
        bool,
        Parameter(
            negative="--no-label-errors",
            help="Also find probable label errors, by predicting the whole table. Needs: pip install 'anymood[check]'.",
        ),
    ] = True,
    strict: Annotated[bool, Parameter(negative=(), help="Exit with status 1 if there are findings.")] = False,
    model: ModelOption = "sentiment",
    columns: LabelledColumns = LABELLED_COLUMNS,
    image_folder: ImageFolder = None,
    threads: Threads = None,
) -> int:
    """Check a table of labelled posts before training.

    Finds labels with nearly the same name, class imbalance, copies within and across splits, damaged and nearly
    identical images, long texts, and probable label errors. Each finding has a count, examples and advice.
    """
    import anymood
    from anymood.checking.check import check_table
    from anymood.files import check_output
    from anymood.reporting.results import SUFFIXES

    if output is not None:
        check_output(output, SUFFIXES, overwrite=overwrite, inputs=[table])
    result = check_table(
        table,
        anymood.load(model, threads=threads),
        columns.named(),
        image_folder=image_folder,
        label_errors=label_errors,
        progress=lambda count: terminal.progress("Reading images", count),
    )

    def show() -> None:
        if json:
            terminal.print_json(result.to_dict())
        else:
            terminal.console().print(result.to_text(), soft_wrap=True, markup=False, end="")

    terminal.save_and_show(output, result.save, show)
    return int(strict and bool(result.findings))
