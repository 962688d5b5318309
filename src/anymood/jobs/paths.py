"""Paths and patterns of inputs, and which files are tables, images or archives."""

import glob
import os
from pathlib import Path

from anymood.errors import InputError, TableError
from anymood.files import PARTIAL_SUFFIX, is_file, is_folder, walk
from anymood.preparation import decoding
from anymood.tables.lines import require_file
from anymood.tables.registry import is_table


def has_image_suffix(path: Path) -> bool:
    """Whether a name has the suffix of an image format that can be decoded."""
    return path.suffix.lower() in decoding.SUFFIXES


def has_known_suffix(path: Path) -> bool:
    """Whether a name has the suffix of a table that can be read, or of an image that can be decoded."""
    return is_table(path) or has_image_suffix(path)


def is_image_file(path: Path) -> bool:
    """Whether a file has the first bytes of an image format that can be decoded."""
    if not is_file(path):
        return False
    try:
        with path.open("rb") as file:
            return decoding.is_image(file.read(decoding.SIGNATURE_BYTES))
    except OSError:
        return False


def find_paths(name: str) -> list[Path]:
    """The files and folders of a path or a glob pattern, sorted.

    Raises:
        TableError: there are none.
        InputError: a folder that the pattern searches cannot be read.
    """
    path = Path(name)
    if glob.has_magic(name) and not os.path.lexists(name):
        matches = [match for match in sorted(_matches(name)) if _is_readable(match)]
        if not matches:
            raise TableError(f"{name} matches no table, image or folder. It is read relative to {Path.cwd()}.")
        return matches
    # A broken link to an image becomes a row with a problem, as shells expand patterns to broken links as well.
    if not is_folder(path) and not is_file(path) and not (has_image_suffix(path) and path.is_symlink()):
        require_file(path)
    return [path]


def _matches(pattern: str) -> set[Path]:
    """The matches of a pattern.

    ``**`` does not follow links to folders, which may be loops. With ``**`` only files match, because the files in a
    matching folder would be there twice.
    """
    parts = Path(pattern).parts
    if "**" not in parts:
        return set(map(Path, glob.glob(pattern)))  # noqa: PTH207 - Path.glob rejects absolute patterns
    at = parts.index("**")
    after = parts[at + 1 :] or ("*",)
    paths: set[Path] = set()
    starts = glob.glob(str(Path(*parts[:at]))) if at else [os.curdir]  # noqa: PTH207
    for start in filter(os.path.isdir, starts):
        for folder, inner, _ in walk(start):
            inner[:] = [name for name in inner if not name.startswith(".")]
            paths |= _matches(str(Path(glob.escape(folder), *after)))
    return {path for path in paths if not path.is_dir()}


def _is_readable(path: Path) -> bool:
    """Whether a match of a pattern is an input: a table, an image, an archive, or a folder other than a work folder."""
    if path.is_dir():
        return path.suffix != PARTIAL_SUFFIX
    if has_known_suffix(path) or is_image_file(path):
        return True
    from anymood.archives import find_archive

    try:
        return is_file(path) and find_archive(path) is not None
    except InputError:  # raised again when the archive is opened
        return path.suffix.lower() == ".zip"
