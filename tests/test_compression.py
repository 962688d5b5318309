import bz2
import gzip
import io
import lzma
import sys
import threading

import numpy as np
import pytest

from anymood import compression
from anymood.compression import BUFFER, compress, damage, decompressed
from anymood.errors import MissingExtra

zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


def read(data):
    return decompressed(io.BytesIO(data)).read()


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress, zstd.compress])
def test_each_kind_is_recognised_by_its_first_bytes(compress):
    assert read(compress(b"text\n" * 1000)) == b"text\n" * 1000


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, zstd.compress])
def test_blocks_are_joined_and_those_before_damage_are_read(compress):
    data = np.random.default_rng(0).bytes(5 * BUFFER + 1)
    with decompressed(io.BytesIO(compress(data)[:-20])) as stream:
        parts = [stream.read(100_000) for _ in range(8)]
        assert b"".join(parts) == data[:800_000]
        with pytest.raises(EOFError):
            stream.read()


def test_a_stream_that_is_left_ends_its_thread():
    with decompressed(io.BytesIO(gzip.compress(bytes(10 * BUFFER)))) as stream:
        stream.read(1)
        [thread] = (thread for thread in threading.enumerate() if thread.name.startswith("decompressing"))
    thread.join(60)
    assert not thread.is_alive()


def test_an_empty_file():
    assert read(b"") == b""


def test_several_frames_are_read_to_the_last():
    assert read(zstd.compress(b"one\n") + zstd.compress(b"") + zstd.compress(b"two\n")) == b"one\ntwo\n"


def test_a_skippable_frame_before_the_first():
    assert read(b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc" + zstd.compress(b"one")) == b"one"


def test_a_window_of_two_gigabytes():
    options = {zstd.CompressionParameter.window_log: 31, zstd.CompressionParameter.enable_long_distance_matching: 1}
    compressor = zstd.ZstdCompressor(options=options)
    data = compressor.compress(b"text\n" * 1000, mode=compressor.FLUSH_BLOCK) + compressor.flush()
    with pytest.raises(zstd.ZstdError, match="memory"):
        zstd.decompress(data)  # a window that a decoder refuses by itself
    assert read(data) == b"text\n" * 1000


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, zstd.compress])
def test_a_file_that_is_truncated_is_an_error(compress):
    with pytest.raises(EOFError):
        read(compress(bytes(range(256)) * 1000)[:-4])


def test_a_second_frame_that_is_truncated_is_an_error():
    with pytest.raises(EOFError):
        read(zstd.compress(b"one\n" * 100) + zstd.compress(b"two\n" * 100)[:-4])


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, zstd.compress])
def test_other_data_after_the_end_is_an_error(compress):
    """It may be a damaged second part, as compressors that use several cores write them."""
    whole = compress(b"one\n") + compress(b"two\n")
    for after in (b"x", b"other data", compress(b"three\n")[1:]):
        stream = decompressed(io.BytesIO(whole + after))
        with pytest.raises(damage()):
            stream.read()


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_parts_and_padding(compress):
    assert read(compress(b"one\n") + compress(b"") + bytes(BUFFER) + compress(b"two\n") + bytes(100)) == b"one\ntwo\n"


def test_damage():
    with pytest.raises(Exception) as raised:
        read(zstd.compress(b"text" * 1000)[:10] + b"\xff" * 20)
    assert isinstance(raised.value, damage())
    assert not isinstance(TypeError("a fault of the program"), damage())


def test_without_a_library(monkeypatch):
    compression.zstandard_module.cache_clear()
    for name in ("backports", "backports.zstd", "compression.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra, match=r"anymood\[archives\]"):
        read(zstd.compress(b"text"))
    compression.zstandard_module.cache_clear()


@pytest.mark.parametrize("suffix", compression.SUFFIXES)
def test_what_is_written_is_read_back(tmp_path, suffix):
    (tmp_path / "a").write_bytes(b"text\n" * 100_000)
    compress(tmp_path / "a", tmp_path / "b", suffix)
    written = (tmp_path / "b").read_bytes()
    assert len(written) < 10_000
    assert compression.suffix_of(written) == suffix
    assert read(written) == b"text\n" * 100_000
