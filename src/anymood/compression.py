"""Compressed files: gzip, bzip2, xz and Zstandard, read and written as streams.

A file that breaks off raises ``EOFError`` in place of being taken for a shorter one.
"""

import bz2
import gzip
import io
import lzma
import shutil
import sys
import zipfile
import zlib
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from anymood.errors import MissingExtra

ZSTANDARD = b"\x28\xb5\x2f\xfd"
SKIPPABLE = b"\x2a\x4d\x18"  # of a skippable Zstandard frame, behind a byte from 0x50 to 0x5f
# 2 GiB: Reddit's dumps are compressed with a window of 2^31 bytes, where a decoder accepts 2^27 unless told otherwise.
WINDOW_LOG = 31
BUFFER = 1 << 18
# How the name of a compressed file ends, with the first bytes of its content.
SUFFIXES = {".gz": b"\x1f\x8b", ".bz2": b"BZh", ".xz": b"\xfd7zXZ\x00", ".zst": ZSTANDARD}


def decompressed(stream: BinaryIO) -> io.BufferedReader:
    """The content of a stream, without the compression that its first bytes tell. Closing it closes the stream.

    Raises:
        MissingExtra: it is Zstandard, and no library for that is installed.
    """
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(_Reader(stream, stream), BUFFER)
    kind = suffix_of(buffered.peek(6))
    if kind == ".gz":
        return io.BufferedReader(_Reader(gzip.GzipFile(fileobj=buffered), buffered), BUFFER)
    if kind == ".bz2":
        return io.BufferedReader(_Reader(bz2.BZ2File(buffered), buffered), BUFFER)
    if kind == ".xz":
        return io.BufferedReader(_Reader(lzma.LZMAFile(buffered), buffered), BUFFER)
    if kind == ".zst":
        try:
            zstd = _zstd()
        except MissingExtra:
            buffered.close()
            raise
        options = {zstd.DecompressionParameter.window_log_max: WINDOW_LOG}
        return io.BufferedReader(_Reader(zstd.ZstdFile(buffered, options=options), buffered), BUFFER)
    return buffered


def suffix_of(head: bytes) -> str:
    """The suffix of a file by its first bytes; empty where it is not compressed."""
    if head[1:4] == SKIPPABLE and 0x50 <= head[0] <= 0x5F:
        return ".zst"
    return next((suffix for suffix, first in SUFFIXES.items() if head.startswith(first)), "")


def compress(source: Path, target: Path, suffix: str) -> None:
    """Write a file compressed, as one gzip member, stream or frame: some readers stop after the first of several.

    Args:
        source: the file to compress.
        target: the file to write.
        suffix: one of ``SUFFIXES``.

    Raises:
        MissingExtra: it is ``.zst``, and no library for that is installed.
        OSError: it cannot be read or written.
    """
    with source.open("rb") as plain, target.open("wb") as file, _compressor(file, suffix) as packed:
        shutil.copyfileobj(plain, packed, BUFFER)


def _compressor(file: BinaryIO, suffix: str) -> Any:
    if suffix == ".gz":
        return gzip.GzipFile("", "wb", fileobj=file, compresslevel=6, mtime=0)  # the same bytes each time
    if suffix == ".zst":
        return _zstd().ZstdFile(file, "w")
    return bz2.BZ2File(file, "w") if suffix == ".bz2" else lzma.LZMAFile(file, "w")


class _Reader(io.RawIOBase):
    """Reads what a decompressor has, so that all that comes before damage is given; closes the stream below it."""

    def __init__(self, decompressor: Any, below: BinaryIO) -> None:
        super().__init__()
        self._read = getattr(decompressor, "read1", decompressor.read)
        self._below = below

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

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
        raise MissingExtra("Zstandard (.zst)", "archives") from error
    return zstd
