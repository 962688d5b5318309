#!/usr/bin/env bash
# zstandard 0.25.0: stream_reader() reads a truncated file without an error, as if it were shorter.
#
# Dumps of Reddit are .zst files of many gigabytes, and the scripts for them read with
# ZstdDecompressor(max_window_size=2**31).stream_reader(file). After an interrupted download, the last frame is incomplete.
# Expected: An error, as gzip, bz2 and lzma of the standard library raise (EOFError) for such a file.
# Observed: The lines up to that point, the last one cut, and then a normal end of file, with read_across_frames=True and False.
# backports.zstd 1.8.0, the module of Python 3.14, raises EOFError.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check zstandard==0.25.0 backports.zstd==1.8.0

"$work/venv/bin/python" - <<'PYTHON'
import gzip
import io
from importlib.metadata import version

import zstandard
from backports import zstd

lines = b"".join(b"%d some text of a comment\n" % (number * 7919) for number in range(100_000))
whole = zstandard.compress(lines)
short = whole[: len(whole) // 2]

def read(data, across):
    decompressor = zstandard.ZstdDecompressor(max_window_size=2**31)
    with decompressor.stream_reader(io.BytesIO(data), read_across_frames=across) as stream:
        return sum(1 for _ in io.TextIOWrapper(stream))

def failure(function):
    try:
        return function() and None
    except EOFError as error:
        return f"EOFError: {error}"

compressed = gzip.compress(lines)
print("zstandard", version("zstandard"), "and backports.zstd", version("backports.zstd"))
print("the whole file:                          ", read(whole, True), "lines")
print("half of it, stream_reader():             ", by_default := read(short, False), "lines, no error")
print("half of it, read_across_frames=True:     ", across := read(short, True), "lines, no error")
print("half of a gzip file, gzip:               ", by_gzip := failure(lambda: gzip.decompress(compressed[: len(compressed) // 2])))
print("half of the file, backports.zstd:        ", by_zstd := failure(lambda: zstd.ZstdFile(io.BytesIO(short)).read()))
assert read(whole, True) == 100_000
assert 0 < by_default == across < 100_000
assert by_gzip and by_zstd
PYTHON
