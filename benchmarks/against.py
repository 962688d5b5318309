"""Compare the speed and memory of this tree with another commit's: both predict the same posts in turn.

    python benchmarks/against.py f2c2765 mvsa_single/data

Each build is installed, without optional dependencies, into an environment of its own. A round runs both, for texts,
images and pairs, each in a process of its own with the bundled model `sentiment` in ONNX Runtime; and both prepare the
texts alone, cleaned and as token ids, on one core. Then both predict a lone pair as a command. Printed
are the medians of the ratios of the rounds, with the least and the greatest. Nothing else should run on the machine;
where something does, the processor time of a cold start still says something.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KINDS = ("text", "image", "pair", "preparation")
CHILD = """
import json, resource, sys, time
import anymood
from anymood.posts import Post

kind, files, threads = sys.argv[1], json.loads(sys.stdin.read()), int(sys.argv[2])
read = lambda file: open(file + ".txt", "rb").read().decode("gb18030", "replace")
texts = [None if kind == "image" else read(file) for file in files]
images = [None if kind in ("text", "preparation") else file + ".jpg" for file in files]
posts = list(map(Post, texts, images))
model = anymood.load("sentiment", threads=threads, engine="onnxruntime")
list(model.predict_many(posts[:32]))
started = time.perf_counter()
if kind == "preparation":
    preparation = model.bundle.text_preparation()
    prepare = getattr(preparation, "encode_windows_of", None) or preparation.encode_batch
    prepare(texts)
else:
    list(model.predict_many(posts))
speed = len(posts) / (time.perf_counter() - started)
print(json.dumps([speed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def main() -> None:
    """Install both, run them in turn, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("revision", help="the commit to compare with")
    parser.add_argument("posts", type=Path, help="folder of MVSA with N.jpg and N.txt")
    parser.add_argument("--limit", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--starts", type=int, default=10, help="cold starts of each build")
    given = parser.parse_args()
    files = sorted(str(file.resolve().with_suffix("")) for file in given.posts.glob("*.jpg"))[: given.limit]
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder, "other")
        subprocess.run(["git", "worktree", "add", "--detach", "--quiet", str(other), given.revision], check=True)
        try:
            pythons = [install(other, Path(folder, "before")), install(Path.cwd(), Path(folder, "now"))]
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(other)], check=True)
        print("| posts | before, posts/s | now, posts/s | ratio | memory, MB |\n|---|---:|---:|---:|---:|")
        for kind in KINDS:
            rounds = [[run(python, kind, files, given.threads) for python in pythons] for _ in range(given.rounds)]
            print(line(kind, rounds), flush=True)
        print("\n| cold start | before, s | now, s | ratio |\n|---|---:|---:|---:|")
        starts = [[start(python, files[0] + ".jpg") for python in pythons] for _ in range(given.starts)]
        for what, index in (("time", 0), ("processor time", 1), ("peak memory, MB", 2)):
            before, now = ([build[index] for build in builds] for builds in zip(*starts, strict=True))
            ratio = statistics.median(new / old for old, new in zip(before, now, strict=True))
            print(f"| {what} | {statistics.median(before):.3g} | {statistics.median(now):.3g} | {ratio:.2f} |")


def start(python: Path, image: str) -> tuple[float, float, float]:
    """Seconds, seconds of processors, and peak memory in MB that a command takes for a lone post."""
    began = time.perf_counter()
    command = [str(python.with_name("anymood")), "predict", "best day ever", "--image", image, "--json"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} failed.")
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def install(tree: Path, environment: Path) -> Path:
    """Install a tree into a new environment; gives its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", str(tree)], check=True)
    return python


def run(python: Path, kind: str, files: list[str], threads: int) -> tuple[float, float]:
    """Posts a second and peak memory in MB."""
    command = [str(python), "-c", CHILD, kind, str(threads)]
    done = subprocess.run(command, input=json.dumps(files), capture_output=True, text=True, check=True, cwd="/")
    speed, memory = json.loads(done.stdout.splitlines()[-1])
    return speed, memory


def line(kind: str, rounds: list[list[tuple[float, float]]]) -> str:
    """A row of the table."""
    before, now = (statistics.median(build[0] for build in builds) for builds in zip(*rounds, strict=True))
    ratios = sorted(new[0] / old[0] for old, new in rounds)
    memory = [max(build[1] for build in builds) for builds in zip(*rounds, strict=True)]
    spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    return f"| {kind} | {before:.0f} | {now:.0f} | {spread} | {memory[0]:.0f} -> {memory[1]:.0f} |"


if __name__ == "__main__":
    main()
