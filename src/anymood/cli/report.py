"""``anymood report``: shares of labels over time and by group, on one page."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from anymood.cli import terminal
from anymood.cli.options import (
    ARCHIVE_OPTIONS,
    CSV_OPTIONS,
    POST_COLUMNS,
    ArchiveOptions,
    CsvOptions,
    EngineOption,
    ImageFolder,
    ModelOption,
    NameOrPath,
    Overwrite,
    PostColumns,
    PriorOption,
    Threads,
    load_model,
)
from anymood.cli.terminal import UsageError
from anymood.wording import plural, short_label


def report(
    *posts: Annotated[
        NameOrPath,
        Parameter(
            help="Posts, scored by anymood predict or not: tables (CSV, TSV, JSON, JSON Lines, Parquet, Excel), "
            "archives of social networks, images, folders of tables or of images, patterns such as 'posts-*.csv', or - "
            "for standard input.",
        ),
    ],
    output: Annotated[Path, Parameter(alias="-o", help="Output file: a page (.html) or JSON (.json).")] = Path(
        "report.html"
    ),
    overwrite: Overwrite = False,
    by: Annotated[
        list[str] | None,
        Parameter(
            negative=(),
            help="Column that groups the posts for comparison, or 'file' to compare several files; can be given "
            "several times.",
        ),
    ] = None,
    created: Annotated[
        str | None,
        Parameter(help="Column with the times of the posts, '' for none; by default found by its name."),
    ] = None,
    every: Annotated[
        Literal["hour", "day", "week", "month"] | None,
        Parameter(help="Length of a period; by default chosen by the time span."),
    ] = None,
    labelled: Annotated[
        Path | None,
        Parameter(
            help="Table of labelled posts like these, to correct the shares for the model's errors. By default, "
            "a model that you trained uses its errors on the validation posts, and a bundled model is not corrected."
        ),
    ] = None,
    label_column: Annotated[str, Parameter(help="Column with the label in the table of --labelled.")] = "label",
    title: Annotated[str, Parameter(help="Title of the page.")] = "",
    thumbnails: Annotated[bool, Parameter(negative="--no-thumbnails", help="Show images of posts.")] = True,
    model: ModelOption = "sentiment",
    columns: PostColumns = POST_COLUMNS,
    image_folder: ImageFolder = None,
    csv: CsvOptions = CSV_OPTIONS,
    archives: ArchiveOptions = ARCHIVE_OPTIONS,
    prior: PriorOption = None,
    threads: Threads = None,
    engine: EngineOption = None,
) -> None:
    """Summarise many posts on one page: shares of labels over time and by group, words, example posts, copies.

    Shares have 95 % intervals and are corrected for the model's errors if these are known, as with --labelled;
    differences are tested.
    Posts scored by anymood predict are used as they are; give the --prior that they were scored with. Others are scored
    first, and the predictions are not stored. If there are many posts, predict them to a file first.
    """
    import anymood
    from anymood.files import check_output
    from anymood.reporting.results import SUFFIXES

    if not posts:
        raise UsageError("report", "Nothing to report on: give a table of posts.")
    check_output(output, SUFFIXES, overwrite=overwrite, inputs=posts)
    result = anymood.report(
        list(posts),
        model=model if prior is None else load_model(model, threads=threads, engine=engine, prior=prior),
        by=by or (),
        created=created,
        every=every,
        labelled=labelled,
        text=columns.text_column,
        image=columns.image_column,
        id=columns.id_column,
        label=label_column,
        image_folder=image_folder,
        dialect=csv.dialect(),
        format=archives.format,
        use_alt_text=archives.use_alt_text,
        title=title,
        thumbnails=thumbnails,
        threads=threads,
        engine=engine,
        progress=lambda count: terminal.progress("Predicting", count),
    )
    result.save(output)
    for note in (*result.method.reading, *result.method.notes):
        terminal.note(note)
    word = "" if result.method.corrected else "counted, not corrected: "
    shares = ", ".join(f"{short_label(each.label)} {each.share:.0%}" for each in result.total.shares)
    terminal.note(f"{plural(result.total.posts, 'post')}: {word}{shares}.")
    if result.method.different_models:
        terminal.note(f"Warning: {result.method.different_models}")
    if result.is_undetermined:
        terminal.note(
            f"Warning: some of these shares cannot be estimated: in the {result.method.labelled}, the predicted "
            "labels hardly depend on the true ones. Check the labels there, or label more posts."
        )
    if result.series is None and created != "":
        terminal.note(
            "No column has the times of the posts, so nothing is shown over time. Name the column with --created."
        )
    terminal.note_problems({each.reason: each.posts for each in result.problems})
    terminal.note(f"Written to {output}")
