"""Files that may be compressed, told by their first bytes: gzip, bzip2, xz and Zstandard.

All four are read as a stream. A file that breaks off raises ``EOFError`` in place of being taken for a shorter one.
"""

import bz2
import gzip
import io
import lzma
import sys
import zipfile
import zlib
from functools import cache
from typing import Any, BinaryIO

from anymood.errors import MissingExtra

ZSTANDARD = b"\x28\xb5\x2f\xfd"
SKIPPABLE = b"\x2a\x4d\x18"  # of a skippable Zstandard frame, behind a byte from 0x50 to 0x5f
# 2 GiB: Reddit's dumps are compressed with a window of 2^31 bytes, where a decoder accepts 2^27 unless told otherwise.
WINDOW_LOG = 31
BUFFER = 1 << 18


def decompressed(stream: BinaryIO) -> BinaryIO:
    """The content of a stream, without the compression that its first bytes tell. Closing it closes the stream.

    Raises:
        MissingExtra: it is Zstandard, and no library for that is installed.
    """
    buffered = stream if isinstance(stream, io.BufferedReader) else _Through(stream, stream)
    head = buffered.peek(6)[:6]
    if head.startswith(b"\x1f\x8b"):
        return _Through(gzip.GzipFile(fileobj=buffered), buffered)
    if head.startswith(b"BZh"):
        return _Through(bz2.BZ2File(buffered), buffered)
    if head.startswith(b"\xfd7zXZ\x00"):
        return _Through(lzma.LZMAFile(buffered), buffered)
    if head.startswith(ZSTANDARD) or (head[1:4] == SKIPPABLE and 0x50 <= head[0] <= 0x5F):
        try:
            zstd = _zstd()
        except MissingExtra:
            buffered.close()
            raise
        options = {zstd.DecompressionParameter.window_log_max: WINDOW_LOG}
        return _Through(zstd.ZstdFile(buffered, options=options), buffered)
    return buffered


class _Through(io.BufferedReader):
    """A buffer before a decompressor, which does not close the stream below it by itself."""

    def __init__(self, decompressor: Any, below: BinaryIO) -> None:
        super().__init__(decompressor, BUFFER)
        self._below = below

    def close(self) -> None:
        super().close()
        self._below.close()


def is_damage(error: Exception) -> bool:
    """Whether an error says that a file is damaged or breaks off, and not that the program is wrong."""
    kinds = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
    return isinstance(error, kinds) or type(error).__name__ == "ZstdError"


@cache
def _zstd() -> Any:
    """The one gate to Zstandard: the standard library's from Python 3.14 on, and its backport before."""
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError as error:
        raise MissingExtra("Reading .zst files", "archives") from error
    return zstd
