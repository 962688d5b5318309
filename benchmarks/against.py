"""Compare the speed and memory of this tree with those of another commit, on the same posts in turn.

    python benchmarks/against.py f2c2765 mvsa_single/data

Each build is installed with the extra ``serve`` into a separate environment. In each round, both predict texts, images
and pairs, each in a new process with the bundled model `sentiment` in one engine, and both clean and tokenise the texts
on one core. Then both predict one pair as a command, and both serve mixed posts on one core to six clients on another.
Printed are the medians of the ratios of the rounds, with the least and the greatest. Nothing else should run on the
machine, except that the processor time of a cold start depends little on it.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from comparing import Usage, checked_out, print_comparison, run_measured, spread
from load import address_of, mixed_posts, request_of

from anymood.service.limits import CONCURRENT_PER_CORE

KINDS = ("text", "image", "pair", "preparation")
CHILD = """
import json, resource, sys, time
import anymood
from anymood.posts import Post

kind, files, threads, engine = sys.argv[1], json.loads(sys.stdin.read()), int(sys.argv[2]), sys.argv[3]
read = lambda file: open(file + ".txt", "rb").read().decode("gb18030", "replace")
texts = [None if kind == "image" else read(file) for file in files]
images = [None if kind in ("text", "preparation") else file + ".jpg" for file in files]
posts = list(map(Post, texts, images))
model = anymood.load("sentiment", threads=threads, engine=engine)
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
    parser.add_argument("--engine", choices=["onnxruntime", "openvino"], default="onnxruntime")
    parser.add_argument(
        "--requests", type=int, default=600, help="to a service, a third each of texts, images and pairs"
    )
    parser.add_argument(
        "--only", choices=[*KINDS, "start", "service"], nargs="*", help="what to compare (default: all)"
    )
    parser.add_argument("--starts", type=int, default=10, help="cold starts of each build")
    arguments = parser.parse_args()
    files = sorted(str(file.resolve().with_suffix("")) for file in arguments.posts.glob("*.jpg"))[: arguments.limit]
    with tempfile.TemporaryDirectory() as folder:
        with checked_out(arguments.revision, Path(folder)) as other:
            trees = {"before": other, "now": Path.cwd()}
            pythons = [install(tree, Path(folder, name), arguments.engine) for name, tree in trees.items()]
        wanted = arguments.only or (*KINDS, "start", "service")
        print("| posts | before, posts/s | now, posts/s | ratio | memory, MB |\n|---|---:|---:|---:|---:|")
        for kind in (kind for kind in KINDS if kind in wanted):
            rounds = [
                [run(python, kind, files, arguments.threads, arguments.engine) for python in pythons]
                for _ in range(arguments.rounds)
            ]
            print(line(kind, rounds), flush=True)
        if "start" in wanted:
            rounds = [[start(python, files[0] + ".jpg") for python in pythons] for _ in range(arguments.starts)]
            print_comparison("cold start", ("time, s", "processor time, s", "peak memory, MB"), rounds)
        if "service" in wanted:
            posts = mixed_posts(arguments.posts.resolve().parent, arguments.requests)
            requests = [request_of(text, image) for _, text, image in posts]
            rounds = [
                [serve(python, requests, arguments.engine) for python in pythons] for _ in range(arguments.rounds)
            ]
            print_comparison("service", ("posts a second", "99th percentile of latency, ms", "peak memory, MB"), rounds)


def serve(python: Path, requests: Sequence[tuple[str, bytes]], engine: str) -> tuple[float, float, float]:
    """Posts per second of a saturated service, 99th percentile of the latency in ms, and peak memory in MB."""
    core, *others = sorted(os.sched_getaffinity(0))
    command = [str(python.with_name("anymood")), "serve", "sentiment", "--engine", engine, "--port", "0"]
    with subprocess.Popen(
        ["taskset", "-c", str(core), *command], stderr=subprocess.PIPE, text=True, cwd="/"
    ) as process:
        try:
            address = urlsplit(address_of(process))

            def ask(client: int) -> list[float]:
                """Send every sixth request over one connection; returns the seconds of each."""
                connection = http.client.HTTPConnection(address.hostname or "", address.port)
                latencies = []
                for content_type, body in requests[client::CONCURRENT_PER_CORE]:
                    began = time.perf_counter()
                    connection.request("POST", "/v1/predict", body, {"Content-Type": content_type})
                    with connection.getresponse() as response:
                        response.read()
                    latencies.append(time.perf_counter() - began)
                    if response.status not in {200, 422}:  # 422: a text without words
                        raise SystemExit(f"The service answered {response.status}.")
                connection.close()
                return latencies

            os.sched_setaffinity(0, others or [core])
            with ThreadPoolExecutor(CONCURRENT_PER_CORE) as clients:
                list(clients.map(ask, range(CONCURRENT_PER_CORE)))  # warm
                began = time.perf_counter()
                latencies = np.concatenate(list(clients.map(ask, range(CONCURRENT_PER_CORE))))
                speed = len(requests) / (time.perf_counter() - began)
        finally:
            os.sched_setaffinity(0, [core, *others])
            process.terminate()
            _, _, used = os.wait4(process.pid, 0)
    return speed, 1000 * float(np.quantile(latencies, 0.99)), used.ru_maxrss / 1024


def start(python: Path, image: str) -> Usage:
    """Resources of a command that predicts one post."""
    command = [str(python.with_name("anymood")), "predict", "best day ever", "--image", image, "--json"]
    return run_measured(command, cwd="/")


def install(tree: Path, environment: Path, engine: str) -> Path:
    """Install a tree with an engine and the extra ``serve`` into a new environment; returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / "bin" / "python"
    extras = "serve,openvino" if engine == "openvino" else "serve"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", f"{tree}[{extras}]"], check=True)
    return python


def run(python: Path, kind: str, files: list[str], threads: int, engine: str) -> tuple[float, float]:
    """Posts per second and peak memory in MB."""
    command = [str(python), "-c", CHILD, kind, str(threads), engine]
    done = subprocess.run(command, input=json.dumps(files), capture_output=True, text=True, check=True, cwd="/")
    speed, memory = json.loads(done.stdout.splitlines()[-1])
    return speed, memory


def line(kind: str, rounds: list[list[tuple[float, float]]]) -> str:
    """A row of the table."""
    before, now = (statistics.median(build[0] for build in builds) for builds in zip(*rounds, strict=True))
    ratios = spread(new[0] / old[0] for old, new in rounds)
    memory = [max(build[1] for build in builds) for builds in zip(*rounds, strict=True)]
    return f"| {kind} | {before:.0f} | {now:.0f} | {ratios} | {memory[0]:.0f} -> {memory[1]:.0f} |"


if __name__ == "__main__":
    main()
