"""What the commands share: consoles, progress, and the options that several of them have."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from cyclopts import Parameter
from rich.console import Console

from anymood.errors import AnymoodError, ImageError
from anymood.posts import Reason
from anymood.runtime.engines.registry import engine_names
from anymood.wording import counted, plural

if TYPE_CHECKING:
    from anymood.jobs.image_fetcher import ImageFetcher
    from anymood.jobs.job import JobSummary
    from anymood.posts import Prediction
    from anymood.runtime.predictor import Model
    from anymood.tables.columns import Columns
    from anymood.tables.format import Dialect

FINE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130  # exit codes; 130: 128 and SIGINT's number, as shells count

# An argument that can be an option: no text with blanks, and no face such as -_-
OPTION = re.compile(r"--?[a-z][^\s=]*(=.*)?", re.IGNORECASE | re.DOTALL)

if TYPE_CHECKING:
    NameOrPath: TypeAlias = str
    EngineName: TypeAlias = str
else:
    NameOrPath = str | Path  # a str always, which is tried first; but so shells complete the names of files
    EngineName = Literal[engine_names()]  # so that help lists them, and shells complete them

ModelOption: TypeAlias = Annotated[
    NameOrPath, Parameter(help="Name of a bundled model, or the folder of a bundle or of a training run.")
]
Threads: TypeAlias = Annotated[int | None, Parameter(help="Number of cores; by default all available.")]
EngineOption: TypeAlias = Annotated[
    EngineName | None, Parameter(help="Inference engine; by default the faster of those installed.")
]
PriorOption: TypeAlias = Annotated[
    str | None,
    Parameter(
        help="Shares of the labels among the posts, such as positive=0.3,neutral=0.5,negative=0.2, or uniform, where "
        "they differ from those of the training posts. Probabilities are adjusted by Bayes' theorem."
    ),
]
Json: TypeAlias = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON, for scripts.")]
Protocol: TypeAlias = Annotated[
    str | None, Parameter(help="Published split: clmlf or ten_folds of MVSA, deduplicated of MSED.")
]
Fold: TypeAlias = Annotated[int | None, Parameter(help="Fold of a protocol with several.")]


@Parameter(name="*")
@dataclass(frozen=True)
class PostColumns:
    """Options that say which columns of a table make a post."""

    text_column: Annotated[str, Parameter(help="Column with the text; '' for none.")] = "text"
    image_column: Annotated[
        str, Parameter(help="Column with the path of the image, relative to the table; '' for none.")
    ] = "image"
    id_column: Annotated[str, Parameter(help="Column with the name of a post; '' for none.")] = "id"

    def named(self) -> "Columns":
        """As the readers of tables take them."""
        from anymood.tables.columns import Columns

        return Columns(**{part.name.removesuffix("_column"): getattr(self, part.name) or None for part in fields(self)})


@Parameter(name="*")
@dataclass(frozen=True)
class LabelledColumns(PostColumns):
    """Those of a labelled post."""

    label_column: Annotated[str, Parameter(help="Column with the label.")] = "label"
    split_column: Annotated[str, Parameter(help="Column that says train, validation or test; '' for none.")] = "split"


@Parameter(name="*")
@dataclass(frozen=True)
class CsvOptions:
    """Options that say how a CSV file is written, where its beginning does not tell it."""

    delimiter: Annotated[str | None, Parameter(help="Character between the cells of CSV; tab for a tab.")] = None
    skip_lines: Annotated[int | None, Parameter(help="Lines of CSV, or rows of Excel, before the column names.")] = None
    no_header: Annotated[
        bool, Parameter(negative=(), help="CSV without column names: its columns are 1, 2 and so on.")
    ] = False

    def dialect(self) -> "Dialect":
        """As the readers of tables take them.

        Raises:
            SettingError: one of them makes no sense.
        """
        from anymood.tables.format import Dialect

        named = {"tab": "\t", "\\t": "\t"}
        return Dialect(named.get(self.delimiter or "", self.delimiter), self.skip_lines, header=not self.no_header)


@Parameter(name="*")
@dataclass(frozen=True)
class ArchiveOptions:
    """Options that say what files are, and how exports of social networks are read."""

    format: Annotated[
        str | None,
        Parameter(help="Format of the files, one of those that anymood formats lists; else told by content."),
    ] = None
    use_alt_text: Annotated[
        bool,
        Parameter(negative=(), help="In exports: take the description of an image as the text where both are missing."),
    ] = False


def load_model(
    model: str, *, threads: int | None = None, engine: str | None = None, prior: str | None = None
) -> "Model":
    """A model as the options say."""
    import anymood
    from anymood.runtime.prior import parse_prior

    return anymood.load(model, threads=threads, engine=engine, prior=None if prior is None else parse_prior(prior))


@Parameter(name="*")
@dataclass(frozen=True)
class FetchOptions:
    """Options that say whether and how images behind URLs are fetched."""

    fetch: Annotated[
        bool, Parameter(negative=(), help="Fetch images that are URLs. Needs: pip install 'anymood[fetch]'.")
    ] = False
    fetch_cache: Annotated[
        Path | None,
        Parameter(help="Folder that keeps fetched images for 30 days; by default one among the caches of the user."),
    ] = None
    fetch_private: Annotated[
        bool, Parameter(negative=(), help="Fetch from addresses that are not on the public internet, too.")
    ] = False

    def fetcher(self) -> "ImageFetcher | None":
        """What fetches images, None where nothing is to be fetched.

        Raises:
            MissingExtra: it needs what is not installed.
        """
        if not self.fetch:
            return None
        from anymood.files import cache_folder
        from anymood.jobs.image_fetcher import ImageFetcher

        return ImageFetcher(self.fetch_cache or cache_folder() / "images", private=self.fetch_private)


POST_COLUMNS, LABELLED_COLUMNS = PostColumns(), LabelledColumns()
CSV_OPTIONS, ARCHIVE_OPTIONS, FETCH_OPTIONS = CsvOptions(), ArchiveOptions(), FetchOptions()


class UsageError(AnymoodError):
    """A command was called in a way that makes no sense; ``command`` is its name."""

    def __init__(self, command: str, message: str) -> None:
        super().__init__(message)
        self.command = command


def console() -> Console:
    """Standard output as it is now."""
    return Console(highlight=False)


def error_console() -> Console:
    """Standard error as it is now."""
    return Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """One line of JSON in ASCII, which every pipe and terminal can carry."""
    print(json.dumps(value))  # noqa: T201


def require_image(prediction: "Prediction") -> None:
    """Check that the image of a post on the command line was one: else the path is a mistake, as that of a table is.

    Raises:
        ImageError: there is no such file, or it is a folder, a URL or no image.
    """
    for problem in prediction.problems:
        if problem.reason in (Reason.MISSING_IMAGE, Reason.IMAGE_IS_URL, Reason.NOT_AN_IMAGE):
            raise ImageError(problem.message, problem.reason)


def tell(out: Console, summary: "JobSummary", written: Sequence[Path | str]) -> None:
    """The closing lines of a job, with the files that it has written."""
    without = summary.rows - sum(summary.labels.values())
    labels = summary.labels | ({"without a label": without} if without else {})
    out.print(f"{plural(summary.rows, 'post')}: {counted(labels)}.", soft_wrap=True)
    if summary.resumed:
        out.print(f"{summary.resumed:,} of them were done in an earlier run.", soft_wrap=True)
    if summary.problems:
        told = counted(summary.problems)
        out.print(f"Warning: {sum(summary.problems.values()):,} with a problem: {told}.", soft_wrap=True, markup=False)
    for path in written:
        out.print(f"Written to {path}", soft_wrap=True, markup=False)


@contextmanager
def progress(title: str | None, count: Callable[[], int]) -> Iterator[Callable[[int], None] | None]:
    """A bar with rate and time left on standard error; None where that is no terminal.

    Args:
        title: of the bar; None for no bar.
        count: called for the number of posts, if there is a bar to show.

    Returns:
        What to call with the number of posts done. The first call sets where the rate is counted from: posts that
        an earlier process had done took this one no time.
    """
    to = error_console()
    if title is None or not to.is_terminal:
        yield None
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

        def update(done: int) -> None:
            if bar.tasks[0].start_time is None:
                bar.reset(task, completed=done, rate="")
                return
            speed = bar.tasks[0].speed
            bar.update(task, completed=done, rate=f"{speed:,.0f} posts/s" if speed else "")

        yield update
