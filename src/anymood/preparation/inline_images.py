"""Images given as text: ``data:`` URLs, base64 and ``file:`` URLs."""

import binascii
import re
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[^,;]*)*),", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/\-_\s]{64,}={0,2}\s*")
_URL_SAFE = str.maketrans("-_", "+/")
# First bytes of the images that are decoded, as base64; "Qk" is BMP, which is too short to tell it from a path.
_FIRST = ("/9j/", "_9j_", "iVBORw0KGgo", "R0lGOD", "UklGR", "SUkqA", "TU0AK", "AAAAIGZ0eX", "AAAAHGZ0eX", "AAAAGGZ0eX")


def inline_image(written: str) -> bytes | None:
    """The bytes of an image in a text; None for other texts, such as paths.

    Args:
        written: a ``data:`` URL, or base64 of an image in one of the usual formats, with or without line ends.
    """
    if match := _DATA_URL.match(written):
        rest = written[match.end() :]
        if not match[2].lower().endswith(";base64"):
            return unquote_to_bytes(rest)
        return _decoded(unquote(rest)) or b""
    if written.lstrip().startswith(_FIRST) and _BASE64.fullmatch(written):
        return _decoded(written)
    return None


def file_of_url(written: str) -> Path | None:
    """The path of a ``file:`` URL on this machine; None for other URLs."""
    if written[:5].lower() != "file:":
        return None
    try:
        parts = urlsplit(written)
    except ValueError:
        return None
    if parts.netloc not in ("", "localhost") or not parts.path:
        return None
    from urllib.request import url2pathname  # which imports the client of HTTP

    return Path(url2pathname(parts.path))


def _decoded(written: str) -> bytes | None:
    """The bytes of base64, possibly without padding; None if it is invalid."""
    compact = "".join(written.split()).translate(_URL_SAFE).rstrip("=")
    if len(compact) % 4 == 1:  # truncated: the last character is less than a byte
        compact = compact[:-1]
    try:
        return binascii.a2b_base64(compact + "=" * (-len(compact) % 4), strict_mode=True)
    except (binascii.Error, ValueError):
        return None
