"""Opens paths as tables, archives of social networks, or images."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from anymood.archives import find_archive, is_unread_chat, is_zip, open_archive, unread_export
from anymood.archives import formats as archive_formats
from anymood.errors import SettingError, TableError
from anymood.files import PARTIAL_SUFFIX, walk
from anymood.jobs.archive_files import ArchiveFiles
from anymood.jobs.image_files import ImageFiles, has_images
from anymood.jobs.inputs import STANDARD_INPUT, Input, Inputs, ReadOptions
from anymood.jobs.paths import find_paths, has_image_suffix, is_image_file
from anymood.jobs.table_files import STANDARD_INPUT_NAME, StandardInput, TableFile, keep_standard_input
from anymood.tables.columns import DEFAULT_COLUMNS, is_scored
from anymood.tables.format import Format
from anymood.tables.registry import all_formats, format_of, is_table, suffixes
from anymood.tables.rows import DEFAULT_DIALECT

CHAT = "it looks like a chat of an unsupported app; each line is a post, with the date and the name that precede it"
IMAGES = "images"  # the format of images and folders of them


def format_names() -> list[str]:
    """Names of all formats: the values of ``--format``."""
    return [*all_formats(), IMAGES, *archive_formats()]


def open_inputs(sources: Sequence[str], options: ReadOptions, folder: Path) -> Inputs:
    """Find the inputs, and read the beginnings of tables. Consecutive images form one input.

    Args:
        sources: paths of tables, archives, images, folders of tables or of images, glob patterns, or ``-`` for standard
            input.
        options: how they are read.
        folder: folder in which standard input is kept until the job is done.

    Raises:
        TableError: an input does not exist, cannot be read, or is given twice.
        InputError: an archive is damaged, or its format is ambiguous.
        SettingError: there is no format of that name.
        MissingExtra: a format needs an optional dependency.
    """
    paths = [path for name in sources for path in ([None] if name in STANDARD_INPUT else find_paths(name))]
    if twice := next((path for path, times in Counter(paths).items() if path is not None and times > 1), None):
        raise TableError(f"{twice} is given twice, so its posts would count twice. Give each input once.")
    if options.format is not None and options.format not in format_names():
        raise SettingError(f"There is no format {options.format!r}. Available: {', '.join(format_names())}.")
    parts: list[Input] = []
    for _, group in groupby((part for path in paths for part in _open_all(path, options, folder)), type):
        members = list(group)
        images = [path for path in members if isinstance(path, Path)]
        parts += [part for part in members if isinstance(part, Input)]
        if images:
            exports = [unread_export(path) for path in images if path.is_dir() and options.format is None]
            notes = [note.rstrip(".") for note in exports if note]
            parts.append(ImageFiles(tuple(images), notes, captions=options.columns.text is not None))
    return Inputs(tuple(parts))


def _open_all(path: Path | None, options: ReadOptions, folder: Path) -> list[Input | Path]:
    """The input at a path, or those in a folder of tables."""
    opened = _open(path, options, folder)
    if options.format is None and isinstance(opened, Path) and opened.is_dir():
        with _unreadable(opened):
            tables = _tables_in(opened)
            is_of_tables = tables and not has_images(opened) and not unread_export(opened)
        if is_of_tables:
            # A JSON file may be an export whose name is not as expected, which a folder is not searched for.
            return [
                _open(table, options, folder) if table.suffix.lower() == ".json" else TableFile(table, options)
                for table in tables
            ]
    return [opened]


@contextmanager
def _unreadable(path: Path) -> Iterator[None]:
    """Raise ``TableError`` for files or folders that cannot be read."""
    try:
        yield
    except OSError as error:
        raise TableError(f"{error.filename or path} cannot be read: {error.strerror or error}.") from error


def _tables_in(folder: Path) -> list[Path]:
    """The tables in a folder and its subfolders, sorted.

    Names that begin with a dot or an underscore are skipped, such as ``_delta_log``, as Spark and PyArrow do, and so
    are folders of unfinished jobs.
    """
    tables = []
    for parent, inner, names in walk(folder):
        inner[:] = [name for name in inner if not name.startswith((".", "_")) and not name.endswith(PARTIAL_SUFFIX)]
        tables += [Path(parent, name) for name in names if not name.startswith((".", "_")) and is_table(Path(name))]
    return sorted(tables)


def _open(path: Path | None, options: ReadOptions, folder: Path) -> Input | Path:
    """The input at a path; the path itself if it is an image or a folder without an archive."""
    if path is None:
        return _standard_input(options, folder)
    with _unreadable(path):
        return _open_path(path, options)


def _open_path(path: Path, options: ReadOptions) -> Input | Path:
    if options.format in all_formats():
        return TableFile(path, options)
    if options.format in archive_formats():
        return ArchiveFiles(open_archive(path, options.format), options, assumed=False)
    table_format = None if path.is_dir() else format_of(path.name)
    if options.format is None and not has_image_suffix(path) and _may_be_archive(path, table_format, options):
        archive = find_archive(path)
        if archive is not None and not (table_format is not None and _is_scored(path, table_format)):
            return ArchiveFiles(archive, options)
    is_image = options.format == IMAGES or has_image_suffix(path) or (table_format is None and is_image_file(path))
    if path.is_dir() or is_image:
        return path
    if table_format is None and is_zip(path):
        hint = unread_export(path) or "Unpack it, and give its tables or its folder of images."
        raise TableError(
            f"{path} is a zip, but not a supported archive of a social network (anymood formats lists them). {hint}"
        )
    if table_format is None and path.suffix.lower() != ".txt":
        raise TableError(
            f"{path} is neither a table ({', '.join(suffixes())}) nor an image, nor a supported archive of a social "
            "network (anymood formats lists them). Save it in one of these formats, or name its format, such as "
            "--format csv. To predict a text, give the text instead of a file."
        )
    if table_format is not None:
        return TableFile(path, options)
    lines = TableFile(path, replace(options, format="text"))
    if is_unread_chat(path):
        lines.notes += (CHAT,)
    return lines


def _may_be_archive(path: Path, table_format: Format | None, options: ReadOptions) -> bool:
    """Whether a path may be an archive: not if it is a table and its columns were given."""
    if table_format is None:
        return path.is_dir() or path.is_file()
    return table_format.compressible and not options.as_tables and path.is_file() and not is_zip(path)


def _is_scored(path: Path, table_format: Format) -> bool:
    """Whether a table has columns of predictions. It may be one of posts in the format of an archive, with all keys."""
    try:
        return is_scored(table_format.head(path, DEFAULT_DIALECT, DEFAULT_COLUMNS.has_posts).columns)
    except TableError:
        return False


def _standard_input(options: ReadOptions, folder: Path) -> Input:
    """Standard input as a table or an archive."""
    if options.format == IMAGES:
        raise SettingError("Standard input can be a table or an archive, but not images. Give their files or folder.")
    path = keep_standard_input(folder)
    if options.format in archive_formats():
        return ArchiveFiles(open_archive(path, options.format), options, STANDARD_INPUT_NAME, assumed=False)
    if options.format is None and not options.as_tables and (archive := find_archive(path)) is not None:
        return ArchiveFiles(archive, options, STANDARD_INPUT_NAME)
    return StandardInput(path, options)
