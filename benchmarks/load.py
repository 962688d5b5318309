"""Load `anymood serve` with mixed posts, and hold it against `anymood predict` on the same posts and engine.

    pip install '.[serve,benchmarks]'
    python benchmarks/load.py mvsa_single -o load.json
    python benchmarks/load.py mvsa_single -o load.json --parts overload --minutes 5

A third of the posts has a text, a third an image, a third both. The generator is locust (load_users.py), on this
machine's own address and therefore on the same cores; its share of them is reported. With --pin it gets the last core
for itself, and the service and the bulk job share the others.

start       seconds from the command to the first 200 of /ready
unloaded    one client, one request after the other
saturation  --max-concurrent clients, against the bulk job without its start; alternating, with a ratio for each pair
overload    twice as many requests a second as at saturation, whether answered or not
term        SIGTERM during the same load
"""

import argparse
import csv
import json
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anymood.service.limits import CONCURRENT_PER_CORE

CALL = "import sys; from anymood.cli import main; sys.exit(main())"
PARTS = ("start", "unloaded", "saturation", "overload", "term")
NEEDED = {"overload": ("unloaded", "saturation"), "term": ("saturation",)}  # before a part, now or earlier
PACE = 2.0  # seconds between two requests of a user: answers that come within it do not slow the load down
KINDS = ("text", "image", "both")


def mixed_posts(corpus: Path, count: int) -> list[tuple[str, str | None, Path | None]]:
    """Kind, text and image of posts of MVSA-Single, always the same."""
    ids = sorted(path.stem for path in (corpus / "data").glob("*.jpg"))
    posts = []
    for number, name in enumerate(random.Random(0).sample(ids, count)):
        kind = KINDS[number % 3]
        text = (corpus / "data" / f"{name}.txt").read_bytes().decode("gb18030", "replace").strip()
        image = corpus / "data" / f"{name}.jpg"
        posts.append((kind, None if kind == "image" else text, None if kind == "text" else image))
    return posts


def request_of(text: str | None, image: Path | None) -> tuple[str, bytes]:
    """Content type and body of a post as a form."""
    import httpx

    parts: dict[str, Any] = {} if text is None else {"text": (None, text)}
    if image is not None:
        parts["image"] = (image.name, image.read_bytes(), "image/jpeg")
    request = httpx.Request("POST", "http://localhost", files=parts)
    return request.headers["Content-Type"], request.read()


class Bench:
    """One set of settings, and what is measured with it."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options, self.folder = options, folder
        cores = sorted(os.sched_getaffinity(0))
        self.cores = (cores[:-1], cores[-1:]) if options.pin else (cores, cores)
        self.max_concurrent = CONCURRENT_PER_CORE * len(self.cores[0])
        self.results: dict[str, Any] = json.loads(options.output.read_text()) if options.output.exists() else {}

    def command(self, generator: bool, *command: str) -> list[str]:
        return ["taskset", "-c", ",".join(map(str, self.cores[generator])), *command]

    @contextmanager
    def service(self) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """A warm service and its address."""
        model = [
            self.options.model,
            "--engine",
            self.options.engine,
            "--port",
            "0",
            "--max-concurrent",
            str(self.max_concurrent),
        ]
        command = self.command(False, sys.executable, "-c", CALL, "serve", *model)
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr is not None
                line = process.stderr.readline()
                if "serves on" not in line:
                    raise SystemExit(line + process.stderr.read())
                address = line.split()[-1]
                wait_until_ready(address)
                yield process, address
            finally:
                process.terminate()

    def locust(self, address: str, users: int, seconds: float, pace: float = 0) -> subprocess.Popen[bytes]:
        answers = self.folder / "answers.csv"
        answers.unlink(missing_ok=True)
        load = ["--headless", "--only-summary", "--loglevel", "WARNING", "--host", address]
        load += [
            "--users",
            str(users),
            "--spawn-rate",
            str(users),
            "--run-time",
            f"{seconds:.0f}s",
            "--stop-timeout",
            "5",
        ]
        load += ["--corpus", str(self.options.corpus), "--pace", str(pace), "--answers", str(answers)]
        file = Path(__file__).with_name("load_users.py")
        command = self.command(True, sys.executable, "-m", "locust", "-f", str(file), *load)
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def answers(self) -> list[dict[str, str]]:
        with (self.folder / "answers.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def generate(self, *load: Any) -> tuple[list[dict[str, str]], float]:
        """The answers to a load, and the cores that generating it kept busy."""
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        generator = self.locust(*load)
        if generator.wait():
            raise SystemExit("locust failed.")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return self.answers(), spent / (time.monotonic() - began)

    def start(self) -> dict[str, Any]:
        times = []
        for _ in range(5):
            began = time.monotonic()
            with self.service():
                times.append(time.monotonic() - began)
        return {"seconds": statistics.median(times), "all": times}

    def unloaded(self) -> dict[str, Any]:
        with self.service() as (_, address):
            answers, _ = self.generate(address, 1, 20)
        times = {kind: [float(each["seconds"]) for each in answers if each["kind"] == kind] for kind in KINDS}
        together = [value for kind in KINDS for value in times[kind]]
        return {
            "p50": statistics.median(together),
            "p99": quantile(together, 0.99),
            "p50_by_kind": {kind: statistics.median(values) for kind, values in times.items()},
            "statuses": statuses(answers),
        }

    def saturation(self) -> dict[str, Any]:
        empty = statistics.median(self.bulk(3) for _ in range(3))
        pairs = []
        for _ in range(3):
            bulk = (self.options.posts - 3) / (self.bulk(self.options.posts) - empty)
            with self.service() as (_, address):
                self.generate(address, self.max_concurrent, 5)  # warm-up
                answers, share = self.generate(address, self.max_concurrent, 15)
            ends = [float(each["sent"]) + float(each["seconds"]) for each in answers]
            pairs.append((bulk, (len(answers) - 1) / (max(ends) - min(ends)), share))
        return {
            "bulk": statistics.median(pair[0] for pair in pairs),
            "service": statistics.median(pair[1] for pair in pairs),
            "ratio": statistics.median(pair[1] / pair[0] for pair in pairs),
            "generator_cores": statistics.median(pair[2] for pair in pairs),
            "pairs": pairs,
        }

    def bulk(self, count: int) -> float:
        """Seconds of `anymood predict` over the first posts."""
        table = self.folder / "posts.csv"
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("text", "image"))
            writer.writerows(
                post[1:] for post in mixed_posts(self.options.corpus.resolve(), self.options.posts)[:count]
            )
        job = ["predict", str(table), "-o", str(self.folder / "scored.csv"), "--model", self.options.model, "--restart"]
        job.append("--overwrite")
        job += ["--engine", self.options.engine]
        began = time.monotonic()
        subprocess.run(self.command(False, sys.executable, "-c", CALL, *job), check=True, stderr=subprocess.DEVNULL)
        return time.monotonic() - began

    def overload(self) -> dict[str, Any]:
        capacity = self.results["saturation"]["service"]
        p50 = self.results["unloaded"]["p50"]
        users, seconds = round(2 * capacity * PACE), 60 * self.options.minutes
        with self.service() as (process, address), sampled(process.pid) as memory:
            answers, share = self.generate(address, users, seconds, PACE)
            crashed = process.poll() is not None
        accepted = [float(each["seconds"]) for each in answers if each["status"] == "200"]
        refused = [each for each in answers if each["status"] == "503"]
        warm = len(memory) // 5
        at_warm = statistics.median(memory[warm - warm // 4 - 1 : warm + 1])
        queue = self.max_concurrent / capacity
        return {
            "seconds": seconds,
            "requests_per_second": len(answers) / seconds,
            "accepted_per_second": len(accepted) / seconds,
            "statuses": statuses(answers),
            "errors": Counter(each["error"] for each in answers if each["error"]),
            "refused_without_retry_after": sum(1 for each in refused if not each["retry_after"]),
            "accepted_p50": statistics.median(accepted),
            "accepted_p99": quantile(accepted, 0.99),
            "refused_p99": quantile([float(each["seconds"]) for each in refused], 0.99),
            "queue_limit": queue,
            "allowed_p99": 3 * p50 + queue,
            "memory_mb": {"warm": at_warm, "most": max(memory[warm:]), "last": memory[-1]},
            "memory_growth": max(memory[warm:]) / at_warm - 1,
            "crashed": crashed,
            "generator_cores": share,
        }

    def term(self) -> dict[str, Any]:
        users = round(2 * self.results["saturation"]["service"] * PACE)
        with self.service() as (process, address):
            generator = self.locust(address, users, 15, PACE)
            time.sleep(9)
            signalled = time.time()
            process.send_signal(signal.SIGTERM)
            code = process.wait(30)
            stopped = time.time() - signalled
            log = process.stderr.read() if process.stderr else ""
            generator.wait()
        before = [each for each in self.answers() if float(each["sent"]) < signalled]
        in_progress = [each for each in before if float(each["sent"]) + float(each["seconds"]) > signalled]
        after = [each for each in self.answers() if float(each["sent"]) >= signalled]
        return {
            "sent_before": statuses(before),
            "in_progress_at_the_signal": statuses(in_progress),
            "sent_after": statuses(after),
            "errors_after": Counter(each["error"] for each in after if each["error"]),
            "errors_before": Counter(each["error"] for each in before if each["error"]),
            "seconds_to_stop": stopped,
            "exit_code": code,
            "log": log,
        }


def wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/ready"):
                return
        except urllib.error.HTTPError:
            time.sleep(0.01)
    raise SystemExit("The service did not become ready within a minute.")


@contextmanager
def sampled(pid: int) -> Iterator[list[float]]:
    """Resident megabytes of a process, once a second."""
    values: list[float] = []
    done = threading.Event()

    def sample() -> None:
        pages = Path(f"/proc/{pid}/statm")
        while not done.wait(1):
            values.append(int(pages.read_text().split()[1]) * resource.getpagesize() / 2**20)

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield values
    finally:
        done.set()
        sampler.join()


def statuses(answers: list[dict[str, str]]) -> dict[str, int]:
    return dict(Counter(each["status"] if each["status"] != "0" else "no answer" for each in answers))


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, help="folder of MVSA-Single")
    parser.add_argument("-o", "--output", type=Path, default=Path("load.json"), help="results; what is there is kept")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--minutes", type=float, default=5, help="of overload")
    parser.add_argument(
        "--posts", type=int, default=1200, help="of the bulk job; the service gets the first 300, repeatedly"
    )
    parser.add_argument("--model", default="sentiment")
    parser.add_argument("--engine", default="onnxruntime", help="of both the service and the bulk job")
    parser.add_argument("--pin", action="store_true", help="the last core for the generator, the others for the rest")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, Path(folder))
        for part in options.parts:
            lacking = [name for name in NEEDED.get(part, ()) if name not in (*options.parts, *bench.results)]
            if lacking:
                parser.error(f"{part} needs {' and '.join(lacking)}, which {options.output} does not have.")
        for part in options.parts:
            bench.results[part] = getattr(bench, part)()
            options.output.write_text(json.dumps(bench.results, indent=1) + "\n")
            print(f"{part}:")
            for name, value in bench.results[part].items():
                print(f"  {name:28}{value:.4g}" if isinstance(value, float) else f"  {name:28}{value}")


if __name__ == "__main__":
    main()
