"""Compare the speed and memory of this tree with another commit's: both predict the same posts in turn.

    python benchmarks/against.py f2c2765 mvsa_single/data

Each build is installed, without optional dependencies, into an environment of its own. A round runs both, for texts,
images and pairs, each in a process of its own with the bundled model `sentiment` in ONNX Runtime; and both prepare the
texts alone, cleaned and as token ids, on one core. Printed are the medians of the ratios of the rounds, with the least
and the greatest. Nothing else should run on the machine.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
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
    posts = [preparation.encode_windows(post.text) for post in posts]
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
