"""``anymood predict``: one post, or a table of them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from anymood.cli import terminal
from anymood.cli.terminal import IdColumn, ImageColumn, Json, ModelOption, TextColumn, Threads, UsageError

if TYPE_CHECKING:
    from anymood.datasets.columns import Columns


def predict(
    *text: Annotated[str, Parameter(help="The text of a post, or a table: CSV, TSV, JSON Lines or Parquet.")],
    image: Annotated[Path | None, Parameter(help="The image of the post.")] = None,
    model: ModelOption = "sentiment",
    json: Json = False,
    output: Annotated[
        Path | None, Parameter(alias="-o", help="Where the table goes, as CSV, TSV, JSON Lines or Parquet by suffix.")
    ] = None,
    text_column: TextColumn = "text",
    image_column: ImageColumn = "image",
    id_column: IdColumn = "id",
    threads: Threads = None,
) -> None:
    """Sentiment of a post, or of every post of a table.

    A post has a text, an image, or both. A table keeps its rows and columns, and gets columns with the
    prediction; without --output it goes to standard output, as CSV or, with --json, as JSON Lines.
    """
    from anymood.datasets.cells import is_file
    from anymood.datasets.columns import Columns
    from anymood.datasets.table import is_table

    if len(text) > 1:
        raise UsageError(
            "predict", f"There are {len(text)} texts. Quote one that has blanks; for several posts give a table."
        )
    if not text and image is None:
        raise UsageError("predict", "There is nothing to predict: give a text, an image (--image), or a table.")
    given = text[0] if text else None
    if given is not None and is_table(Path(given)) and (is_file(Path(given)) or not any(map(str.isspace, given))):
        if image is not None:
            raise UsageError("predict", f"{given} is a table, which names its own images. Leave out --image.")
        columns = Columns(id=id_column, text=text_column, image=image_column)
        _predict_table(Path(given), output, columns, model, threads, json=json)
        return
    if output is not None:
        raise UsageError("predict", "--output is where the predictions of a table go, but this is a single post.")
    import anymood

    prediction = anymood.load(model, threads=threads).predict(given, image)
    if json:
        terminal.print_json(prediction.to_dict())
        return
    from anymood.cli.panel import prediction_panel

    terminal.console().print(prediction_panel(prediction))


def _predict_table(
    table: Path, output: Path | None, columns: "Columns", model: str, threads: int | None, *, json: bool
) -> None:
    import anymood
    from anymood.bulk.files import count_rows, predict_table
    from anymood.datasets.lines import require_file

    require_file(table)
    loaded = anymood.load(model, threads=threads)
    kind = None if output is not None else ".jsonl" if json else ".csv"
    # Rows that scroll by on a terminal are their own progress.
    title = "Predicting" if output is not None or not sys.stdout.isatty() else None
    target = sys.stdout.buffer if output is None else output
    with terminal.progress(title, lambda: count_rows(table)) as update:
        summary = predict_table(loaded, table, target, columns, kind=kind, progress=update)
    out = terminal.error_console()
    out.print(f"{summary.rows:,} posts: {terminal.counted(summary.labels)}.", soft_wrap=True)
    if summary.problems:
        told = terminal.counted(summary.problems)
        out.print(f"{sum(summary.problems.values()):,} with a problem: {told}.", soft_wrap=True, markup=False)
    if output is not None:
        out.print(f"Written to {output}", soft_wrap=True, markup=False)
