"""Time and memory of reading a dump of Reddit's comments, plain and compressed by Zstandard, without a model.

    python benchmarks/zstandard.py [--rows 100000] [--rounds 5]

The rows are random. Each file is read in turn by a new process. In each round, the processor time is divided by that of
the plain file: that of the reading thread, and that of all threads, because another thread decompresses. A decompressor
keeps the last bytes of its output in memory, as many as the window of the compression: 2 MiB by default, up to 2 GiB in
published dumps.
"""

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from comparing import spread

from anymood.compression import BUFFER, zstandard_module

WINDOWS = {"plain": None, "2 MiB": 21, "128 MiB": 27}  # log2 of bytes
READ = """
import pathlib, re, sys, time
from anymood.archives import open_archive

archive = open_archive(sys.argv[1], "reddit")
clocks = time.thread_time, time.process_time
started = [clock() for clock in clocks]
rows = sum(1 for _ in archive)
seconds = [clock() - start for clock, start in zip(clocks, started)]
peak = re.search(r"VmHWM:\\s*(\\d+)", pathlib.Path("/proc/self/status").read_text())  # ru_maxrss has the parent's, too
print(rows, *seconds, int(peak[1]) / 1024)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Reading a dump, plain and as Zstandard.")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = write(Path(folder), arguments.rows)
        rounds = [{name: read(path, arguments.rows) for name, path in files.items()} for _ in range(arguments.rounds)]
        for name, path in files.items():
            seconds, peak = (statistics.median(one[name][part] for one in rounds) for part in (0, 2))
            reading, all_threads = (spread(one[name][part] / one["plain"][part] for one in rounds) for part in (0, 1))
            print(
                f"{name:8} {path.stat().st_size / 2**20:6.0f} MiB: {1e6 * seconds / arguments.rows:.1f} us a row, "
                f"{reading} times the plain file, in all threads {all_threads}, peak {peak:.0f} MiB"
            )


def write(folder: Path, rows: int) -> dict[str, Path]:
    """Files with the same rows, by the name of their compression."""
    draw = random.Random(0)
    words = ["".join(draw.choices("etaoinshrdlu", k=draw.randint(2, 9))) for _ in range(20_000)]
    plain = folder / "RC.ndjson"
    with plain.open("w", encoding="utf-8") as file:
        for number in range(rows):
            comment = {
                "author": f"user{number % 5000}", "body": " ".join(draw.choices(words, k=draw.randint(3, 60))),
                "controversiality": 0, "created_utc": 1672531200 + number, "distinguished": None, "edited": False,
                "gildings": {}, "id": f"{number:07x}", "link_id": f"t3_{number // 50:x}", "parent_id": f"t3_{number:x}",
                "permalink": f"/r/cats/comments/{number:x}/_/", "score": number % 99,
                "subreddit": "cats", "subreddit_id": "t5_2qh33",
            }  # fmt: skip
            file.write(json.dumps(comment) + "\n")
    files = {"plain": plain}
    zstd = zstandard_module()
    for name, window in WINDOWS.items():
        if window is not None:
            files[name] = folder / f"RC{window}.zst"
            options = {zstd.CompressionParameter.window_log: window}
            with plain.open("rb") as source, zstd.ZstdFile(files[name], "w", options=options) as packed:
                shutil.copyfileobj(source, packed, BUFFER)
    return files


def read(path: Path, rows: int) -> tuple[float, float, float]:
    """Seconds of the reading thread and of all threads, and the peak of the process in MiB."""
    printed = subprocess.run([sys.executable, "-c", READ, str(path)], check=True, capture_output=True, text=True).stdout
    count, reading, seconds, peak = printed.split()
    if int(count) != rows:
        sys.exit(f"{path.name}: {count} rows, not {rows}")
    return float(reading), float(seconds), float(peak)


if __name__ == "__main__":
    main()
