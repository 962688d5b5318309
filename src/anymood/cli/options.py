"""Options that several commands share."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from cyclopts import Parameter

from anymood.runtime.engines.registry import ENGINES

if TYPE_CHECKING:
    from anymood.jobs.image_fetcher import ImageFetcher
    from anymood.runtime.predictor import Model
    from anymood.tables.columns import Columns
    from anymood.tables.format import Dialect

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
        bool,
        Parameter(
            negative=(),
            help="CSV or Excel without column names; the columns are 1, 2 and so on in options, and 'column 1', "
            "'column 2' and so on in the output.",
        ),
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


def load_model(
    model: str, *, threads: int | None = None, engine: str | None = None, prior: str | None = None
) -> "Model":
    """Load a model by the options."""
    import anymood
    from anymood.runtime.prior import parse_prior

    return anymood.load(model, threads=threads, engine=engine, prior=None if prior is None else parse_prior(prior))
