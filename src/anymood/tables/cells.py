"""What a cell means: a text, an image, or a name. Missing is None, NaN, an empty or a blank string."""

import math
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from anymood.files import is_file, is_url
from anymood.posts import Reason
from anymood.tables.records import Record

# What pandas and spreadsheets write for a missing value, and for a formula that failed.
NO_TEXT = {"nan", "n/a", "<na>", "#n/a", "#name?", "#ref!", "#value!", "#div/0!", "#num!", "#null!"}
# Where an image belongs, also what R and SQL write. As a text these are left alone: people write "none" and "null".
NO_IMAGE = {"", "none", "null", "na", *NO_TEXT}


def clean(record: Record) -> None:
    """Take NUL bytes out of a record's strings: programs that read the results would stop there."""
    for name, value in record.values.items():
        if isinstance(value, str) and "\0" in value:
            record.add_problem(Reason.NUL_BYTE, f"its {name} holds NUL bytes, which are left out.")
            record.values[name] = value.replace("\0", "")


def text_in(record: Record, column: str | None) -> str | None:
    """The text as written, None where it is missing."""
    value = _value(record, column)
    if value is None or isinstance(value, str):
        word = (value or "").strip()
        return None if not word or word.lower() in NO_TEXT else value
    record.add_problem(Reason.WRONG_TYPE, f"its {column} is of type {type(value).__name__}, not a text.")
    return None


def image_in(
    record: Record, column: str | None, folder: Path | str, *, links: bool = False
) -> Path | str | bytes | None:
    """The path of an image file that exists, its URL, or its bytes; None where it is missing.

    Args:
        record: the row; it takes note of a file that is not there.
        column: holds a path, absolute or relative to ``folder``, or the bytes of a file, or a
            mapping with ``bytes`` and ``path`` as Hugging Face's data sets write them.
        folder: where the table lies, a path or a URL.
        links: whether a URL is an image that can be fetched; else it is a problem.
    """
    value = _value(record, column)
    if isinstance(value, Mapping) and value.keys() <= {"bytes", "path"}:
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytes):
        return value or None
    if isinstance(value, str):
        return _image_file(record, value.strip(), folder, links=links)
    if value is not None:
        record.add_problem(
            Reason.WRONG_TYPE, f"its {column} is of type {type(value).__name__}, not a path or an image's bytes."
        )
    return None


def name_in(record: Record, column: str | None) -> str | None:
    """An id, a label or the name of a split; a whole number counts as its digits."""
    value = _value(record, column)
    if value is None or isinstance(value, str):
        return (value or "").strip() or None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # pandas makes floats of whole numbers where one is missing
    if isinstance(value, int | float):
        return str(value)
    record.add_problem(Reason.WRONG_TYPE, f"its {column} is of type {type(value).__name__}, not a name or a number.")
    return None


def _image_file(record: Record, written: str, folder: Path | str, *, links: bool) -> Path | str | None:
    if written.lower() in NO_IMAGE:
        return None
    if links and is_url(written):
        return written
    if links and isinstance(folder, str) and not written.startswith("/"):
        return f"{folder}/{quote(written) if folder.startswith('http') else written}"  # a store's keys are as they are
    path = Path(folder, written)
    if "\\" in written and not is_file(path):
        path = Path(folder, written.replace("\\", "/"))  # as Windows writes it
    if is_url(written):
        record.add_problem(
            Reason.IMAGE_IS_URL, f"its image {_short(written)} is a URL; nothing is fetched. Save the image."
        )
    elif not is_file(path):
        record.add_problem(
            Reason.MISSING_IMAGE, f"its image {_short(written)} is not there: {_short(str(path))} is no file."
        )
    else:
        return path
    return None


def _value(record: Record, column: str | None) -> object:
    """A cell, None where it is missing or NaN."""
    value = None if column is None else record.values.get(column)
    return None if isinstance(value, float) and math.isnan(value) else value


def _short(text: str) -> str:
    return repr(text if len(text) <= 200 else text[:200] + "...")
