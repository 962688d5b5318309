"""Shared parts of the commands: consoles, progress, and common options."""

import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from cyclopts import Parameter
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from anymood.errors import AnymoodError, ImageError
from anymood.files import is_file, is_url
from anymood.posts import Reason
from anymood.progress import Update
from anymood.runtime.engines.registry import ENGINES
from anymood.text_decoding import mended
from anymood.wording import counted, plural

if TYPE_CHECKING:
    from anymood.jobs.image_fetcher import ImageFetcher
    from anymood.jobs.job import JobSummary
    from anymood.posts import Prediction
    from anymood.runtime.predictor import Model
    from anymood.tables.columns import Columns
    from anymood.tables.format import Dialect

MIN_WIDTH = 20  # columns; with fewer, rich prints only parts of the output or nothing
UPDATE_SECONDS = 0.1  # between two updates of a progress bar
CONTROLS = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\ufffd")  # all but tab and newline
SUCCESS, FAILURE, USAGE_ERROR, INTERRUPTED = 0, 1, 2, 130  # exit codes; 130 is 128 + SIGINT, as in shells

# An argument that can be an option, unlike a text with spaces or an emoticon such as -_-
OPTION = re.compile(r"--?[a-z][^\s=]*(=.*)?", re.IGNORECASE | re.DOTALL)

if TYPE_CHECKING:
    NameOrPath: TypeAlias = str
    EngineName: TypeAlias = str
else:
    NameOrPath = str | Path  # always a str, which is tried first; because of Path, shells complete file names
    EngineName = Literal[ENGINES.names()]  # so that help lists them, and shells complete them

ModelOption: TypeAlias = Annotated[
    NameOrPath, Parameter(help="Name of a bundled model, or the folder of a bundle or of a training run.")
]
Threads: TypeAlias = Annotated[int | None, Parameter(help="Number of cores; by default all available.")]
EngineOption: TypeAlias = Annotated[
    EngineName | None, Parameter(help="Inference engine; by default the fastest one that is installed.")
]
PriorOption: TypeAlias = Annotated[
    str | None,
    Parameter(
        help="Shares of the labels among the posts, if they differ from the training posts, such as "
        "positive=0.3,neutral=0.5,negative=0.2, or uniform. Probabilities are adjusted by Bayes' theorem."
    ),
]
ImageFolder: TypeAlias = Annotated[
    Path | None,
    Parameter(help="Folder that image paths in tables are relative to; by default the folder of the table."),
]
Overwrite: TypeAlias = Annotated[bool, Parameter(negative=(), help="Replace an existing output.")]
Json: TypeAlias = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
Protocol: TypeAlias = Annotated[
    str | None, Parameter(help="Published split: clmlf or ten_folds for MVSA, deduplicated for MSED.")
]
Fold: TypeAlias = Annotated[int | None, Parameter(help="Number of the fold, for protocols with several folds.")]


@Parameter(name="*")
@dataclass(frozen=True)
class PostColumns:
    """Options for the names of the columns of a table."""

    text_column: Annotated[
        str, Parameter(help="Column with the text, or several that are joined, such as title+body; '' for none.")
    ] = "text"
    image_column: Annotated[
        str, Parameter(help="Column with the path of the image, relative to the table; '' for none.")
    ] = "image"
    id_column: Annotated[str, Parameter(help="Column with the id of the post; '' for none.")] = "id"

    def named(self) -> "Columns":
        """The column names as a ``Columns``."""
        from anymood.tables.columns import Columns

        return Columns(**{part.name.removesuffix("_column"): getattr(self, part.name) or None for part in fields(self)})


@Parameter(name="*")
@dataclass(frozen=True)
class LabelledColumns(PostColumns):
    """Options for the names of the columns of labelled posts."""

    label_column: Annotated[str, Parameter(help="Column with the label.")] = "label"
    split_column: Annotated[str, Parameter(help="Column with the split (train, validation or test); '' for none.")] = (
        "split"
    )


@Parameter(name="*")
@dataclass(frozen=True)
class CsvOptions:
    """Options for files of CSV, Excel and plain text, if detection fails."""

    delimiter: Annotated[str | None, Parameter(help="Delimiter of CSV, 'tab' for tabs; detected by default.")] = None
    skip_lines: Annotated[
        int | None, Parameter(help="Number of lines or rows before the column names (CSV, Excel, plain text).")
    ] = None
    no_header: Annotated[
        bool, Parameter(negative=(), help="CSV or Excel without column names; the columns are named 1, 2 and so on.")
    ] = False

    def dialect(self) -> "Dialect":
        """The options as a ``Dialect``.

        Raises:
            SettingError: one of them is invalid.
        """
        from anymood.tables.format import Dialect

        named = {"tab": "\t", "\\t": "\t"}
        return Dialect(named.get(self.delimiter or "", self.delimiter), self.skip_lines, header=not self.no_header)


@Parameter(name="*")
@dataclass(frozen=True)
class ArchiveOptions:
    """Options for the format of files and for archives of social networks."""

    format: Annotated[
        str | None,
        Parameter(help="Format of the files, as anymood formats lists them; detected by default."),
    ] = None
    use_alt_text: Annotated[
        bool,
        Parameter(
            negative=(), help="In archives: use the image description as the text of posts without text and image file."
        ),
    ] = False


def load_model(
    model: str, *, threads: int | None = None, engine: str | None = None, prior: str | None = None
) -> "Model":
    """Load a model by the options."""
    import anymood
    from anymood.runtime.prior import parse_prior

    return anymood.load(model, threads=threads, engine=engine, prior=None if prior is None else parse_prior(prior))


@Parameter(name="*")
@dataclass(frozen=True)
class FetchOptions:
    """Options for fetching images behind URLs."""

    fetch: Annotated[
        bool, Parameter(negative=(), help="Fetch images that are URLs. Needs: pip install 'anymood[fetch]'.")
    ] = False
    fetch_cache: Annotated[
        Path | None,
        Parameter(help="Folder that keeps fetched images for 30 days; by default in the user's cache folder."),
    ] = None
    fetch_private: Annotated[
        bool, Parameter(negative=(), help="Also fetch from addresses that are not on the public internet.")
    ] = False

    def usage_message(self) -> str | None:
        """The usage error of options without ``--fetch``, if any."""
        options = {"--fetch-cache": self.fetch_cache is not None, "--fetch-private": self.fetch_private}
        unused = next((option for option, is_given in options.items() if is_given), None)
        return None if self.fetch or unused is None else f"{unused} also needs --fetch, which fetches images."

    def fetcher(self) -> "ImageFetcher | None":
        """The image fetcher, None if images are not fetched.

        Raises:
            MissingExtra: an optional dependency is not installed.
        """
        if not self.fetch:
            return None
        from anymood.files import cache_folder
        from anymood.jobs.image_fetcher import ImageFetcher

        return ImageFetcher(self.fetch_cache or cache_folder() / "images", private=self.fetch_private)


POST_COLUMNS, LABELLED_COLUMNS = PostColumns(), LabelledColumns()
CSV_OPTIONS, ARCHIVE_OPTIONS, FETCH_OPTIONS = CsvOptions(), ArchiveOptions(), FetchOptions()


class UsageError(AnymoodError):
    """Invalid usage of a command; ``command`` is its name."""

    def __init__(self, command: str, message: str) -> None:
        super().__init__(message)
        self.command = command


def several_texts(texts: Sequence[str]) -> str:
    """The message on several texts in place of one, of which one may be an image without its option."""
    if file := next((each for each in texts if is_file(Path(each))), None):
        return f"{file!r:.80} is a file beside a text. Give the image of a text with --image."
    return f"There are {len(texts)} texts. Put a text with spaces in quotes."


def as_text(argument: str) -> str:
    """An argument as a text: in UTF-8 whatever the locale, or in the older encoding that its bytes are in."""
    return mended(os.fsencode(argument).decode("utf-8", "surrogateescape"))


class _Console(Console):
    """A console that shows control characters as U+FFFD, so that file names and labels cannot control the terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=segment.text.translate(CONTROLS))


def console(*, stderr: bool = False) -> Console:
    """A console on the current standard output, or standard error; at least ``MIN_WIDTH`` columns wide."""
    result = _Console(stderr=stderr, highlight=False)
    return result if result.width >= MIN_WIDTH else _Console(stderr=stderr, highlight=False, width=MIN_WIDTH)


def error_console() -> Console:
    """A console on the current standard error."""
    return console(stderr=True)


def note(message: str) -> None:
    """Print a message on standard error, without markup."""
    error_console().print(message, soft_wrap=True, markup=False)


def print_json(value: Any) -> None:
    """Print one line of JSON in ASCII, which every pipe and terminal supports."""
    print(json.dumps(value))  # noqa: T201


def save_and_show(output: Path | None, save: Callable[[Path], None], show: Callable[[], None]) -> None:
    """Save results to the output, if there is one, and then show them, also if the disk is full.

    They are saved first, because showing them fails if standard output is a closed pipe.
    """
    try:
        if output is not None:
            save(output)
    finally:
        show()
    if output is not None:
        note(f"Written to {output}")


def require_image(prediction: "Prediction", image: str | None) -> None:
    """Check that the image of a post on the command line could be read; otherwise the path is probably wrong.

    Raises:
        ImageError: the file does not exist, may not be read, or is a folder, a pipe, a URL or not an image.
    """
    wrong = {Reason.MISSING_IMAGE, Reason.IMAGE_IS_URL, Reason.NOT_AN_IMAGE}
    if image and not is_url(image) and not (is_file(Path(image)) and os.access(image, os.R_OK)):
        wrong.add(Reason.UNREADABLE)
    for problem in prediction.problems:
        if problem.reason in wrong:
            raise ImageError(problem.message, problem.reason)


def note_summary(summary: "JobSummary", written: Sequence[Path | str]) -> None:
    """Print the summary of a job, with the files that it has written."""
    without = summary.rows - sum(summary.labels.values())
    labels = summary.labels | ({"without a label": without} if without else {})
    note(f"{plural(summary.rows, 'post')}: {counted(labels)}.")
    if summary.resumed:
        note(f"{summary.resumed:,} of them were predicted before the job was resumed.")
    note_problems(summary.problems)
    for name in summary.changed:
        note(f"Warning: {name} changed while it was read, so rows may be missing or cut off. Predict it again.")
    for path in written:
        note(f"Written to {path}")


def note_problems(problems: Mapping[str, int]) -> None:
    """Print the numbers of problems by reason, if there are any."""
    if problems:
        note(f"Warning: {sum(problems.values()):,} with a problem: {counted(problems)}.")


@contextmanager
def progress(title: str | None, count: Callable[[], int]) -> Iterator[Update]:
    """A progress bar with rate and remaining time on standard error, if that is a terminal.

    Args:
        title: title of the bar; None for no bar.
        count: returns the number of posts; called if there is a bar.

    Returns:
        A function of the number of finished posts. The rate is counted from the first call, so that posts of an earlier
        process do not count.
    """
    to = error_console()
    if title is None or not to.is_terminal:
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    shown = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*shown, console=to, transient=True) as bar:
        task = bar.add_task(title, start=False, total=count() or None, rate="")
        due, latest = 0.0, 0

        def update(done: int) -> None:
            nonlocal due, latest
            latest = done
            if bar.tasks[0].start_time is None:
                bar.reset(task, completed=done, rate="")
                return
            if (now := time.monotonic()) < due:  # an update for each post would take longer than its prediction
                return
            due = now + UPDATE_SECONDS
            speed = bar.tasks[0].speed
            bar.update(task, completed=done, rate=f"{speed:,.0f} posts/s" if speed else "")

        yield update
        bar.update(task, completed=latest)
