"""Conversion of cells to texts, images and names. Missing is None, NaN, an empty or blank string, or an empty list."""

import math
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from anymood.files import is_file, is_url, no_permission
from anymood.posts import Reason
from anymood.preparation.inline_images import file_of_url, inline_image
from anymood.preparation.placeholders import placeholder
from anymood.preparation.serialised import authors_text, joined_parts, serialised_image, serialised_objects
from anymood.tables.annotations import counting_by, refusal
from anymood.tables.column_names import joined_columns
from anymood.tables.format import Record
from anymood.tables.usual_names import MEDIA_KINDS
from anymood.tables.values import utf_8, value_at
from anymood.zipped_files import ZippedFile

# Missing values and failed formulas as pandas and spreadsheets write them.
NO_TEXT = {"nan", "n/a", "<na>", "#n/a", "#name?", "#ref!", "#value!", "#div/0!", "#num!", "#null!"}
# In image columns, also missing values of R and SQL. Not in texts, because "none" and "null" are also words.
NO_IMAGE = {"", "-", "--", "[]", "{}", "false", "none", "null", "na", *NO_TEXT}
_URLS = re.compile(r"\s*[,;|\s]\s*(?=https?://)")  # between the URLs of several images in a cell
_PATHS = re.compile(r"\s*[,;|\n]\s*")  # between paths
_MEDIA_URLS = ("url", "fullUrl", "media_url_https", "preview_url", "previewUrl")  # of an image, the largest first
_IMAGE_KIND = re.compile("image|photo|picture|(?:^|[^a-z])(?:gif|jpe?g|png|webp)$", re.IGNORECASE)
NOT_FETCHED = "is a URL, and was not fetched. Fetch images with --fetch, or download them."  # end of a message


def remove_nul_bytes(record: Record) -> None:
    """Remove NUL bytes from the strings of a record, because some programs stop reading at them."""
    for name, value in record.values.items():
        if isinstance(value, str) and "\0" in value:
            record.add_problem(Reason.NUL_BYTE, f"its {name} contains NUL bytes, which are removed.")
            record.values[name] = value.replace("\0", "")


def text_in(record: Record, column: str | None) -> str | None:
    """The text of a cell; None if it is missing, or a placeholder such as ``[removed]``.

    The cell contains a text, a serialised text (see ``preparation.serialised``), or a list of parts. The texts of
    several columns (``title+body``) are joined by a line break.
    """
    value = _value(record, column)
    if value is None:
        names = [] if column is None else joined_columns(column, record.values)
        texts = [text_in(record, name) for name in names] if len(names) > 1 else []
        return "\n".join(text for text in texts if text is not None) or None
    if isinstance(value, bytes) and (decoded := utf_8(value)) is not None:
        value = decoded
    if not isinstance(value, str):
        parts = joined_parts(value)
        if parts is None:
            record.add_problem(Reason.WRONG_TYPE, _no_text(record, column, value))
            return None
        value = parts
    stripped = value.strip()
    if not stripped or stripped.lower() in NO_TEXT:
        return None
    text, problem = authors_text(value, f"its {column}")
    if problem is not None:
        record.add_problem(problem.reason, problem.message)
    return text


def image_in(
    record: Record, column: str | None, folder: Path | str, *, links: bool = False
) -> Path | str | bytes | None:
    """The path of an existing image file, its URL, or its bytes; None if it is missing.

    Args:
        record: the row, which gets a problem if the file does not exist.
        column: name of a column with a path, absolute or relative to ``folder``, or a ``file:`` URL; the bytes of an
            image file, also as base64 or as a ``data:`` URL; a mapping with ``bytes`` and ``path`` as in Hugging Face
            datasets; a list of these, of which the first is used; or one of these as Python or JSON writes it.
        folder: folder of the table, a path or a URL.
        links: whether URLs are allowed because they will be fetched; otherwise they are problems.
    """
    value = _value(record, column, each=True)
    if value is None:
        return None
    if isinstance(value, str) and (inner := serialised_image(value) or serialised_objects(value)) is not None:
        value = inner
    if isinstance(value, Mapping) and _kind(value) is not None:
        value = [value]
    if isinstance(value, list | tuple):
        value = [item for item in value if _may_be_image(item)]
        if len(value) > 1:
            _several(record, len(value))
        value = value[0] if value else None
    if isinstance(value, Mapping):
        value = _in_mapping(value)
    if isinstance(value, bytes):
        return value or None
    if isinstance(value, str):
        return _image_file(record, value.strip(), folder, links=links)
    if value is not None:
        record.add_problem(
            Reason.WRONG_TYPE, f"its {column} is of type {type(value).__name__}, not a path or an image's bytes."
        )
    return None


def label_in(record: Record, column: str | None) -> str | None:
    """A label; None if it is missing, also as ``nan``, or the annotator rejected, ignored or skipped the post."""
    if column is None:
        return None
    if (reason := refusal(record.values, column)) is not None:
        record.add_problem(Reason.REJECTED_LABEL, f"{reason}, so it is excluded.")
        return None
    name = name_in(record, column)
    return None if name is not None and name.lower() in NO_TEXT else name


def name_in(record: Record, column: str | None) -> str | None:
    """An id, a label or the name of a split; None if it is missing.

    Numbers, dates and UUIDs are converted to texts, whole numbers to their digits; a list of one name is that name, and
    so is ``{"$oid": "65f1"}`` of MongoDB.
    """
    value = _value(record, column)
    if isinstance(value, Mapping) and len(value) == 1 and str(next(iter(value))).startswith("$"):
        [value] = value.values()
    if isinstance(value, list | tuple):
        value = counting_by(value, record.values.get(f"{column}.status"))
        if len(value) > 1:
            record.add_problem(Reason.WRONG_TYPE, f"its {column} is a list of {len(value)} values, but a post has one.")
            return None
        value = value[0] if value else None
    if value is None or isinstance(value, str):
        return (value or "").strip() or None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float | Decimal) and math.isfinite(value) and value == int(value):
        return str(int(value))  # pandas converts integers to floats if a value is missing, Snowflake to decimals
    if isinstance(value, int | float | Decimal | date | UUID):
        return str(value)
    record.add_problem(Reason.WRONG_TYPE, f"its {column} is of type {type(value).__name__}, not a name or a number.")
    return None


def _in_mapping(value: Mapping[object, object]) -> object:
    """The bytes, the path or the URL of an image in a mapping; the mapping itself if it has another form."""
    if value.keys() <= {"bytes", "path"}:
        return value.get("bytes") or value.get("path")
    sizes = value.get("sizes")
    if isinstance(sizes, list) and sizes and all(isinstance(size, Mapping) for size in sizes):  # photos of VK
        value = max(sizes, key=_width)
    inner = value.get("photo_image")  # of Apify's posts from Facebook
    urls = [value.get(key) for key in _MEDIA_URLS] + ([inner.get("uri")] if isinstance(inner, Mapping) else [])
    return next((url for url in urls if isinstance(url, str) and is_url(url)), value)


def _kind(value: Mapping[object, object]) -> str | None:
    """The kind of a medium, such as ``image/png``, ``video`` or ``Photo``; None if it does not say."""
    return next((kind for key in MEDIA_KINDS if isinstance(kind := value.get(key), str)), None)


def _may_be_image(value: object) -> bool:
    """Whether a value may be an image: not a medium of another kind, such as a video."""
    kind = _kind(value) if isinstance(value, Mapping) else None
    return kind is None or _IMAGE_KIND.search(kind) is not None


def _width(size: Mapping[object, object]) -> int:
    width = size.get("width")
    return width if isinstance(width, int) else 0


def _image_file(record: Record, written: str, folder: Path | str, *, links: bool) -> Path | str | bytes | None:
    if written.lower() in NO_IMAGE:
        return None
    if (data := inline_image(written)) is not None:
        return data
    local = file_of_url(written)
    if local is not None or not is_url(written):
        if links and local is None and isinstance(folder, str) and not written.startswith("/"):
            # Keys of object stores are not quoted.
            return f"{folder}/{quote(written) if folder.startswith('http') else written}"
        return _local_file(record, str(local or written), folder)
    urls = _URLS.split(written)
    if len(urls) > 1:
        _several(record, len(urls))
    if links:
        return urls[0]
    record.add_problem(Reason.IMAGE_IS_URL, f"its image {_short(written)} {NOT_FETCHED}")
    return None


def _several(record: Record, count: int) -> None:
    record.add_problem(Reason.SEVERAL_IMAGES, f"it has {count} images; the first is used.")


def _local_file(record: Record, written: str, folder: Path | str) -> Path | None:
    """The path of an existing file."""
    path = Path(folder, written)
    if "\\" in written and not is_file(path):
        path = Path(folder, written.replace("\\", "/"))  # as Windows writes it
    if is_file(path) or ZippedFile.at(path) is not None:
        return path
    paths = _PATHS.split(written)
    if len(paths) > 1 and is_file(Path(folder, paths[0])):
        _several(record, len(paths))
        return Path(folder, paths[0])
    if (reason := placeholder(written)) is not None:
        record.add_problem(reason, f"its image is not in the archive: {written}")
    elif (refused := no_permission(path)) is not None:
        record.add_problem(Reason.UNREADABLE, f"its image {_short(written)} cannot be read: {refused}.")
    else:
        searched = f" (searched at {_short(str(path))})" if str(path) != written else ""
        record.add_problem(Reason.MISSING_IMAGE, f"its image {_short(written)} does not exist{searched}.")
    return None


def _value(record: Record, column: str | None, *, each: bool = False) -> object:
    """The value of a cell, None if it is missing or NaN; see ``value_at``."""
    if column is None:
        return None
    value = record.values.get(column)
    if value is None:
        value = value_at(record.values, column, each=each)
    return None if isinstance(value, float) and math.isnan(value) else value


def _no_text(record: Record, column: str | None, value: object) -> str:
    """The problem of a value that is not a text."""
    if column is not None and column not in record.values and isinstance(value, list):
        return f"its {column} is in a list of {len(value)} objects. Write each of them as a separate row."
    return f"its {column} is of type {type(value).__name__}, not a text."


def _short(text: str) -> str:
    return repr(text if len(text) <= 100 else f"{text[:60]}...{text[-20:]}")
