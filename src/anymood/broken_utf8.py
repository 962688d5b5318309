"""Text of files that are not UTF-8 throughout, decoded with ``errors="surrogateescape"``."""

import re

_BYTES = re.compile("[\udc80-\udcff]+")  # what bytes that are not UTF-8 are decoded to


def is_broken(text: str) -> bool:
    """Whether a text contains bytes that are not UTF-8."""
    return not text.isascii() and _BYTES.search(text) is not None


def mended(text: str) -> str:
    """The text with characters in place of bytes that are not UTF-8.

    Where other bytes make UTF-8 characters, the text is UTF-8 with a cut or damaged character, which becomes U+FFFD.
    Where none do, it was written in a Western European 8-bit encoding, and is read as Windows-1252.
    """
    if not is_broken(text):
        return text
    if any(character > "\x7f" and not "\udc80" <= character <= "\udcff" for character in text):
        return _BYTES.sub("\ufffd", text)
    return text.encode("ascii", "surrogateescape").decode("cp1252", "replace")
