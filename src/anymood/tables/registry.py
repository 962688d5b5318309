"""Registry of table formats."""

from pathlib import Path
from typing import TypeVar

from anymood import compression
from anymood.errors import SettingError
from anymood.registry import Registry
from anymood.tables import formats
from anymood.tables.format import Format

FORMATS: Registry[Format] = Registry("format of tables", "anymood.tables", formats.__name__)
F = TypeVar("F", bound=type[Format])


def register(kind: F) -> F:
    """A decorator that registers an instance of its class under the class's attribute ``name``.

    Raises:
        SettingError: the name or one of the suffixes is taken.
    """
    for name, table_format in FORMATS.all().items() if kind.__module__ != f"{formats.__name__}.{kind.name}" else ():
        if name != kind.name and (taken := set(table_format.suffixes) & set(kind.suffixes)):
            raise SettingError(f"The table format {name!r} already has the suffix {min(taken)}. Choose another one.")
    return FORMATS.register_instance(kind)


def all_formats() -> dict[str, Format]:
    """All formats by name."""
    return FORMATS.all()


def format_of(name: str | Path) -> Format | None:
    """The format of a file name, with or without the suffix of a compression; None if unknown."""
    lower = str(name).lower()
    plain = lower.removesuffix(compressed_suffix(lower))
    for table_format in all_formats().values():
        if (plain if table_format.compressible else lower).endswith(table_format.suffixes):
            return table_format
    return None


def compressed_suffix(name: str | Path) -> str:
    """The compression suffix of a file name; empty if it has none."""
    suffix = Path(name).suffix.lower()
    return suffix if suffix in compression.SUFFIXES else ""


def is_table(path: Path) -> bool:
    """Whether a file name has the suffix of a table that can be read."""
    return format_of(path.name) is not None


def suffixes(*, written: bool = False) -> list[str]:
    """Suffixes of all formats, or of those that can be written, without compression."""
    return [suffix for each in all_formats().values() if each.writer or not written for suffix in each.suffixes]
