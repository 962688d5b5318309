"""Compressed files: gzip, bzip2, xz and Zstandard, as streams. Truncated files raise ``EOFError``."""

import bz2
import gzip
import io
import lzma
import shutil
import sys
import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from anymood.errors import MissingExtra, optional_dependency

ZSTANDARD = b"\x28\xb5\x2f\xfd"
SKIPPABLE = b"\x2a\x4d\x18"  # magic number of a skippable Zstandard frame, after a byte from 0x50 to 0x5f
# 2 GiB: Reddit's dumps are compressed with a window of 2^31 bytes; decoders accept 2^27 by default.
WINDOW_LOG = 31
BUFFER = 1 << 18
# Suffixes of compressed files, with their first bytes.
SUFFIXES = {".gz": b"\x1f\x8b", ".bz2": b"BZh", ".xz": b"\xfd7zXZ\x00", ".zst": ZSTANDARD}


def decompressed(stream: BinaryIO) -> io.BufferedReader:
    """The decompressed content of a stream, by its first bytes. Closing it closes the stream.

    Raises:
        MissingExtra: it is Zstandard, and no library for it is installed.
    """
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(_Reader(stream, stream), BUFFER)
    kind = suffix_of(buffered.peek(6))
    if not kind:
        return buffered
    try:
        decompressor = _decompressor(buffered, kind)
    except MissingExtra:
        buffered.close()
        raise
    return io.BufferedReader(_AheadReader(decompressor, buffered), BUFFER)


def suffix_of(head: bytes) -> str:
    """The suffix of a compressed file by its first bytes; empty if it is not compressed."""
    if head[1:4] == SKIPPABLE and 0x50 <= head[0] <= 0x5F:
        return ".zst"
    return next((suffix for suffix, first in SUFFIXES.items() if head.startswith(first)), "")


def compress(source: Path, target: Path, suffix: str) -> None:
    """Compress a file, as one gzip member, stream or frame: some readers stop after the first of several.

    Args:
        source: the file to compress.
        target: the file to write.
        suffix: one of ``SUFFIXES``.

    Raises:
        MissingExtra: the suffix is ``.zst``, and no library for it is installed.
        OSError: it cannot be read or written.
    """
    with source.open("rb") as plain, target.open("wb") as file, _compressor(file, suffix) as packed:
        shutil.copyfileobj(plain, packed, BUFFER)


def _decompressor(file: BinaryIO, suffix: str) -> Any:
    if suffix == ".gz":
        return gzip.GzipFile(fileobj=file)
    if suffix == ".zst":
        zstd = zstandard_module()
        return zstd.ZstdFile(file, options={zstd.DecompressionParameter.window_log_max: WINDOW_LOG})
    return _Streams(file, bz2.BZ2Decompressor if suffix == ".bz2" else lzma.LZMADecompressor)


def _compressor(file: BinaryIO, suffix: str) -> Any:
    if suffix == ".gz":
        return gzip.GzipFile("", "wb", fileobj=file, compresslevel=6, mtime=0)  # reproducible
    if suffix == ".zst":
        return zstandard_module().ZstdFile(file, "w")
    return bz2.BZ2File(file, "w") if suffix == ".bz2" else lzma.LZMAFile(file, "w")


class _Streams:
    """Decompresses the streams of a file one after the other.

    Python's classes ignore what follows a stream if it is not another one. It may be a damaged one.
    """

    def __init__(self, file: BinaryIO, start: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]) -> None:
        self._file = file
        self._start = start
        self._stream = start()

    def read(self, size: int) -> bytes:
        """At most this number of bytes; empty at the end of the file."""
        while True:
            data = b""
            if self._stream.eof:
                data = self._stream.unused_data.lstrip(b"\0")  # padding
                while not data:
                    if not (block := self._file.read(BUFFER)):
                        return b""
                    data = block.lstrip(b"\0")
                self._stream = self._start()
            elif self._stream.needs_input and not (data := self._file.read(BUFFER)):
                raise EOFError("Compressed file ended before the end-of-stream marker was reached")
            if data := self._stream.decompress(data, size):
                return data


class _Reader(io.RawIOBase):
    """Reads from a decompressor all data before any damage; closes the underlying stream."""

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


class _AheadReader(_Reader):
    """Reads one block ahead in another thread: decompressors release Python's lock."""

    def __init__(self, decompressor: Any, below: BinaryIO) -> None:
        super().__init__(decompressor, below)
        self._pool = ThreadPoolExecutor(1, "decompressing")
        self._next = self._pool.submit(self._read, BUFFER)
        self._block = memoryview(b"")

    def readinto(self, buffer: Any) -> int:
        if not self._block:
            self._block = memoryview(self._next.result())  # or its error
            self._next = self._pool.submit(self._read, BUFFER)
        size = min(len(buffer), len(self._block))
        buffer[:size] = self._block[:size]
        self._block = self._block[size:]
        return size

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)  # closing waits for the current read
        super().close()


def damage(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """The classes of errors that damaged and truncated files raise, and ``more``, for an ``except``."""
    kinds = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
    zstd = sys.modules.get("compression.zstd") or sys.modules.get("backports.zstd")  # if it was imported for the file
    return (*kinds, *more) if zstd is None else (*kinds, *more, zstd.ZstdError)


@cache
def zstandard_module() -> Any:
    """The module of Zstandard: the standard library's from Python 3.14 on, or its backport."""
    with optional_dependency("Zstandard (.zst)", "archives"):
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    return zstd
