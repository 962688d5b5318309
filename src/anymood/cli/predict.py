"""``anymood predict``: one post, or files of posts."""

import glob
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from anymood.cli import terminal
from anymood.cli.options import (
    ARCHIVE_OPTIONS,
    CSV_OPTIONS,
    FETCH_OPTIONS,
    POST_COLUMNS,
    ArchiveOptions,
    CsvOptions,
    EngineOption,
    FetchOptions,
    ImageFolder,
    Json,
    ModelOption,
    NameOrPath,
    Overwrite,
    PostColumns,
    PriorOption,
    Threads,
    load_model,
)
from anymood.cli.terminal import OPTION, UsageError
from anymood.wording import plural

if TYPE_CHECKING:
    from anymood.jobs.inputs import Inputs
    from anymood.jobs.job import JobSummary
    from anymood.posts import Prediction
    from anymood.progress import Update
    from anymood.runtime.predictor import Model

# Suffixes of files that are neither tables nor images.
OTHER_SUFFIXES = {
    *(".bz2", ".car", ".docx", ".gz", ".html", ".js", ".ods", ".odt", ".pdf", ".txt", ".xls", ".xml", ".xz", ".zip"),
    ".zst",
}


def predict(
    *text: Annotated[
        NameOrPath,
        Parameter(
            help="Text of a post (put a text that looks like an option after --), or files: tables (CSV, TSV, JSON, "
            "JSON Lines, Parquet, Excel), archives of social networks (a file, a folder or a zip), images, folders of "
            "tables or of images, patterns such as 'posts-*.csv', or - for standard input.",
        ),
    ],
    image: Annotated[NameOrPath | None, Parameter(help="Image file of the post; with --fetch also a URL.")] = None,
    model: ModelOption = "sentiment",
    json: Json = False,
    output: Annotated[
        Path | None,
        Parameter(
            alias="-o",
            help="Output file. Its suffix selects the format: CSV, TSV, JSON, JSON Lines, Parquet or Excel. All except "
            "the last two can be compressed (.gz, .bz2, .xz, .zst).",
        ),
    ] = None,
    brief: Annotated[
        bool, Parameter(negative=(), help="Leave out the scores of each classifier in the columns of files.")
    ] = False,
    overwrite: Overwrite = False,
    errors: Annotated[
        Path | None, Parameter(help="File (CSV or JSON Lines) that lists the rows with a problem.")
    ] = None,
    strict: Annotated[
        bool,
        Parameter(negative=(), help="Exit with status 1 if a row had a problem or an input changed while it was read."),
    ] = False,
    restart: Annotated[
        bool, Parameter(negative=(), help="Start again instead of resuming an unfinished job with the same output.")
    ] = False,
    columns: PostColumns = POST_COLUMNS,
    image_folder: ImageFolder = None,
    csv: CsvOptions = CSV_OPTIONS,
    archives: ArchiveOptions = ARCHIVE_OPTIONS,
    fetching: FetchOptions = FETCH_OPTIONS,
    threads: Threads = None,
    engine: EngineOption = None,
    prior: PriorOption = None,
) -> int:
    """Predict the sentiment of one post, or of every post in files.

    A post has a text, an image, or both. The output has all rows and columns of the files, and columns with the
    prediction. Without --output, it is written to standard output as CSV or, with --json, as JSON Lines. An interrupted
    job with --output resumes when the same command is run again. Archives of social networks are recognised by their
    content; see anymood formats.
    """
    as_files = output is not None or archives.format is not None
    files = bool(text) and all(_names_files(argument, has_output=as_files) for argument in text)
    file_options = as_files or errors is not None or restart or overwrite or brief
    message = _usage_message(text, image, output, files=files, json=json, file_options=file_options)
    if message := message or fetching.usage_message():
        raise UsageError("predict", message)
    loaded = load_model(model, threads=threads, engine=engine, prior=prior)
    if files:
        summary = _predict_files(
            loaded, text, output, json=json, columns=columns.named(), dialect=csv.dialect(), errors=errors,
            brief=brief, overwrite=overwrite, restart=restart, fetcher=fetching.fetcher(), image_folder=image_folder,
            **asdict(archives),
        )  # fmt: skip
        return int(strict and bool(summary.problems or summary.changed))
    if text and (note := _note(text[0])):
        terminal.note(note)
    prediction = _predict_post(loaded, terminal.as_text(text[0]) if text else None, image, fetching)
    terminal.require_image(prediction, image)
    if json:
        terminal.print_json(prediction.to_dict())
    else:
        from anymood.cli.panels import prediction_panel

        terminal.console().print(prediction_panel(prediction))
    return int(strict and prediction.problem is not None)


def _predict_post(model: "Model", text: str | None, image: str | None, fetching: FetchOptions) -> "Prediction":
    """Predict one post, whose image may be a URL."""
    fetcher = fetching.fetcher()
    if fetcher is None or image is None or "://" not in image or image.lower().startswith(("data:", "file:")):
        return model.predict(text, image)
    from anymood.errors import ImageError
    from anymood.posts import Post
    from anymood.runtime.results import with_problems
    from anymood.tables.rows import Row

    try:
        return model.predict(text, fetcher.fetch(image))
    except ImageError as error:
        row = Row(1, "the post", Post(text), None, None, {}, (error.problem,))
        return with_problems(model.predict(text), row)


def _usage_message(
    text: Sequence[str], image: str | None, output: Path | None, *, files: bool, json: bool, file_options: bool
) -> str | None:
    """The usage error of a combination of arguments, if any; ``file_options``: whether there are options for files."""
    several = len(text) > 1 and not files
    first = "".join(text[:1])
    message: str | None = None
    if several and (option := next(filter(OPTION.fullmatch, text), None)) is not None:
        message = f"{option!r:.80} comes after --, so it is a text. Put options before --."
    elif str(output) == "/dev/stdin":  # a hyphen on the command line
        message = "Leave out --output to write to standard output, as CSV or with --json."
    elif json and output is not None:
        message = "--json is for standard output. For JSON Lines in a file, end its name in .jsonl."
    elif not text and image is None:
        message = "Nothing to predict: give a text, an image (--image), or a table (- for standard input)."
    elif files and image is not None:
        message = f"{first} is read as a file of posts, and --image is for a single text. Leave out --image."
    elif several and output is not None:
        unknown = next(argument for argument in text if not _names_files(argument, has_output=True))
        message = f"{unknown!r:.80} is not an existing table, folder, image or pattern. --output requires files."
    elif several:
        message = f"{terminal.several_texts(text)} For several posts, give a table."
    elif file_options and not files:
        message = (
            f"{first!r:.80} is not an existing table, folder, image or pattern. --output, --errors, --format, "
            "--brief, --overwrite and --restart require files."
        )
    return message


def _names_files(argument: str, *, has_output: bool) -> bool:
    """Whether an argument is a file: by its suffix, or because it exists, or because there is an output."""
    from anymood.files import is_file, is_folder

    path = Path(argument)
    spaced = any(map(str.isspace, argument))
    missing = spaced and not (is_file(path) or is_folder(path))
    if not argument.strip() or (missing and not _matches(argument, any_suffix=has_output)):
        return False
    from anymood.jobs.inputs import STANDARD_INPUT
    from anymood.jobs.paths import has_known_suffix, is_image_file

    if missing or argument in STANDARD_INPUT:
        return True
    if is_file(path) and (path.suffix or has_output or is_image_file(path)):
        return True  # an archive such as "WhatsApp Chat with Bo.txt", or a file that is recognised by its content
    if spaced or "://" in argument:
        return (has_output or argument.endswith("/")) and is_folder(path)
    if has_known_suffix(path) or argument.endswith("/") or (glob.has_magic(argument) and has_output):
        return True
    # A text of one word may be the name of a folder in the current folder.
    return (has_output or "/" in argument or argument in (".", "..")) and is_folder(path)


def _matches(argument: str, *, any_suffix: bool) -> bool:
    """Whether an argument with blanks is a pattern that matches something: tables, images, or any files."""
    if not glob.has_magic(argument) or not (any_suffix or Path(argument).suffix):
        return False
    from anymood.jobs.paths import has_known_suffix

    try:
        return (any_suffix or has_known_suffix(Path(argument))) and bool(glob.glob(argument))  # noqa: PTH207
    except (OSError, ValueError):  # a text, not a path
        return False


def _note(argument: str) -> str | None:
    """A note on a text that may be meant as a file name."""
    from anymood.files import is_file, is_folder

    path = Path(argument)
    if not argument.strip():
        return None
    if is_folder(path):
        return f"{argument!r:.200} is predicted as the text of a post. To predict the files in the folder, add a slash."
    if is_file(path):
        return (
            f"{argument!r:.200} is predicted as the text of a post. The file of that name is recognised neither as a "
            "table nor as an image. To read it, name its format, such as --format csv."
        )
    if _looks_like_a_file(path, argument):
        return f"There is no file {argument!r:.200} here, so it is predicted as the text of a post."
    return None


def _looks_like_a_file(path: Path, argument: str) -> bool:
    """Whether a text has a file suffix, or is one word like a path, a pattern or a file with another suffix."""
    is_word = not any(map(str.isspace, argument))
    if ("*" in argument or "/" in argument) and is_word:
        return True
    if not path.suffix:
        return False
    from anymood.jobs.paths import has_known_suffix

    if has_known_suffix(path) or path.suffix.lower() in OTHER_SUFFIXES:
        return True
    return is_word and any(Path().glob(f"{glob.escape(path.stem)}.*"))


def _predict_files(
    model: "Model", sources: Sequence[str], output: Path | None, *, json: bool, errors: Path | None, **options: Any
) -> "JobSummary":
    """Predict files; ``options`` are those of ``predict_files``."""
    from anymood.jobs.job import predict_files
    from anymood.jobs.work_folder import work_folder

    # If rows are printed on the terminal, a progress bar is not needed.
    title = "Predicting" if output is not None or not sys.stdout.isatty() else None
    done_before: int | None = None

    @contextmanager
    def progress(inputs: "Inputs") -> "Iterator[Update]":
        for note in inputs.notes:
            terminal.note(note)
        with terminal.progress(title, inputs.count) as update:

            def report(done: int) -> None:
                nonlocal done_before
                if done_before is None:
                    done_before = done
                    if done:
                        terminal.note(f"Resuming: {plural(done, 'row')} {'is' if done == 1 else 'are'} already done.")
                update(done)

            yield report

    try:
        summary = predict_files(
            model,
            sources,
            sys.stdout.buffer if output is None else output,
            suffix=None if output is not None else ".jsonl" if json else ".csv",
            errors=errors,
            progress=progress,
            **options,
        )
    except KeyboardInterrupt:
        if output is not None and work_folder(output).exists():
            terminal.note("Finished rows are kept; the same command resumes the job.")
        raise
    terminal.note_summary(summary, [path for path in (output, errors) if path is not None])
    return summary
