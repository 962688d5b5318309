"""Posts per second of anymood and of alternatives, from files to probabilities.

    python benchmarks/peers.py MVSA [--posts 256] [--rounds 3] [--autogluon PYTHON] [--json FILE]

MVSA is the folder of MVSA-Single. The same pairs are predicted in alternating rounds by

- ours: ``predict_files`` with the model of ``anymood.load``;
- loop: torch in eager float32 with torchvision's preprocessing and the same network with dequantised weights, post by
  post;
- batches: the same in batches of 32 with a DataLoader, without workers or with one per core, whichever is faster;
- autogluon: AutoGluon MultiModal with the same image backbone and ELECTRA-small, by the Python of another environment
  (see ``peer_autogluon.py``); its weights are random, and its outputs are not compared;
- limit: the graphs alone, on arrays in memory.

Printed are the median of the ratios of the rounds, and the ratio of the best rounds, because other processes slow torch
down many times: its threads wait for each other. A target is reached if both ratios reach it. The differences of the
probabilities are printed, too.
"""

import argparse
import csv
import json
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

import anymood
from anymood.datasets.reader import open_corpus
from anymood.jobs.job import predict_files
from anymood.network.multitask import MultitaskNetwork
from anymood.network.pretrained_transformer import minilm_folder
from anymood.posts import Post
from anymood.preparation.cleaning import clean, has_words
from anymood.probabilities import softmax
from anymood.runtime.bundle import Bundle
from anymood.runtime.cores import available_cores
from anymood.runtime.graphs import BundleGraphs
from anymood.runtime.predictor import Model
from anymood.training.config import Recipe
from anymood.training.starting_point import from_bundle, open_start

BATCH = 32  # of the DataLoader
TARGETS = {"loop": 5.0, "batches": 2.5, "autogluon": 3.0, "limit": 0.85}  # ratios
GROUPS = (4, 8, 16, 32)  # candidate batch sizes of the graphs
TRIED = 64  # images to choose the batch size
SEED = 0

Probabilities = np.ndarray[Any, np.dtype[np.float64]]  # (posts, classes)
Each = Callable[..., Iterable[Any]]  # map, or a map over several threads
Prepared = tuple[torch.Tensor, torch.Tensor]  # pixels (3, S, S), token ids (T,)


class Timed(NamedTuple):
    """One prediction of all posts."""

    seconds: float
    probabilities: Probabilities | None


def timed(predict: Callable[[], Probabilities | None]) -> Timed:
    started = time.perf_counter()
    probabilities = predict()
    return Timed(time.perf_counter() - started, probabilities)


def draw_posts(corpus: Path, count: int) -> list[Post]:
    """A random sample of the pairs of MVSA."""
    pairs = [example.post for example in open_corpus(corpus, protocol="clmlf").examples]
    pairs = [post for post in pairs if has_words(clean(post.text or "")) and isinstance(post.image, Path)]
    return random.Random(SEED).sample(pairs, min(count, len(pairs)))


def write_table(path: Path, posts: list[Post]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "image"), *((post.text, str(post.image.absolute())) for post in posts)])
    return path


def ours(model: Model, table: Path) -> Probabilities:
    with tempfile.TemporaryDirectory() as made:
        target = Path(made) / "out.jsonl"
        predict_files(model, table, target)
        rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    if problems := [row["problem"] for row in rows if row["problem"]]:
        raise RuntimeError(f"{len(problems)} posts had a problem: {problems[0]}")
    return np.array([[row[f"p_{label}"] for label in model.labels] for row in rows])


class Eager:
    """torch in float32 with torchvision's preprocessing, as a user would write it."""

    def __init__(self, model: Model, posts: list[Post], threads: int) -> None:
        config = model.bundle.config
        self.network = load_network(model.bundle)
        self.temperature = config.temperatures.fused
        self.posts = EagerPosts(model, posts)
        self.workers = min((0, threads), key=lambda workers: timed(partial(self.batches, workers)).seconds)

    def scores(self, pixels: torch.Tensor, tokens: torch.Tensor) -> Probabilities:
        yes = torch.ones(len(pixels), dtype=torch.bool)
        with torch.inference_mode():
            return softmax(self.network(pixels, tokens, yes, yes).fused.numpy(), self.temperature)

    def loop(self) -> Probabilities:
        prepared = map(self.posts.__getitem__, range(len(self.posts)))
        return np.concatenate([self.scores(pixels[None], tokens[None]) for pixels, tokens in prepared])

    def batches(self, workers: int | None = None) -> Probabilities:
        workers = self.workers if workers is None else workers
        joined = partial(collate, padding=self.posts.text.pad_id)
        loader = DataLoader(self.posts, BATCH, num_workers=workers, collate_fn=joined)
        return np.concatenate([self.scores(*batch) for batch in loader])


def load_network(bundle: Bundle) -> MultitaskNetwork:
    """The torch network of a bundle in float32; weights in 8 and 4 bits are dequantised."""
    _, recipe = open_start(Recipe(start_from=str(bundle.folder)))
    return from_bundle(bundle, recipe, bundle.labels).network.eval()


class EagerPosts(Dataset[Prepared]):
    """Prepared posts. The text preparation is ours, so that the tokens are the same."""

    def __init__(self, model: Model, posts: list[Post]) -> None:
        image = model.bundle.config.image
        self.posts = posts
        self.text = model.bundle.text_preparation()
        self.prepare = v2.Compose(
            [
                v2.PILToTensor(),
                v2.Resize(image.resize, v2.InterpolationMode[image.interpolation.upper()], antialias=True),
                v2.CenterCrop(image.side),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize(image.mean, image.std),
            ]
        )

    def __len__(self) -> int:
        return len(self.posts)

    def __getitem__(self, index: int) -> Prepared:
        post = self.posts[index]
        with Image.open(post.image) as opened:
            pixels = self.prepare(opened.convert("RGB"))
        return pixels, torch.from_numpy(self.text.encode(post.text))


def collate(posts: list[Prepared], padding: int) -> Prepared:
    tokens = torch.nn.utils.rnn.pad_sequence([tokens for _, tokens in posts], batch_first=True, padding_value=padding)
    return torch.stack([pixels for pixels, _ in posts]), tokens


class Limit:
    """The graphs of a model on arrays in memory, with the fastest batch sizes."""

    def __init__(self, model: Model, posts: list[Post], threads: int, engine: str | None) -> None:
        self.graphs = BundleGraphs(model.bundle, threads, engine)
        self.temperature = model.bundle.config.temperatures.fused
        image, text = model.bundle.config.image, model.bundle.text_preparation()
        self.pixels = np.stack([image.prepare(post.image) for post in posts])
        self.tokens, self.pad = [text.encode(post.text) for post in posts], text.pad
        # In turn, or on all cores.
        self.each: tuple[Each, ...] = (map, ThreadPoolExecutor(self.graphs.callers(threads)).map)
        self.images = self.fastest(lambda *way: self.encode_images(self.pixels[:TRIED], *way))
        self.texts = self.fastest(self.encode_texts)

    def fastest(self, encode: Callable[[Each, int], Any]) -> tuple[Each, int]:
        ways = [*product(self.each, GROUPS)] * 4  # the best of four trials, because speed varies
        taken = [(timed(partial(encode, *way)).seconds, index) for index, way in enumerate(ways)]
        return ways[min(taken)[1]]

    def encode_images(self, pixels: np.ndarray[Any, Any], each: Each, size: int) -> np.ndarray[Any, Any]:
        groups = [pixels[start : start + size] for start in range(0, len(pixels), size)]
        return np.concatenate([features for features, _ in each(self.graphs.encode_image, groups)])

    def encode_texts(self, each: Each, size: int) -> np.ndarray[Any, Any]:
        order = sorted(range(len(self.tokens)), key=lambda row: len(self.tokens[row]))
        groups = [order[start : start + size] for start in range(0, len(order), size)]
        padded = [self.pad([self.tokens[row] for row in group]) for group in groups]
        features = np.concatenate([features for features, _ in each(self.graphs.encode_text, padded)])
        return features[np.argsort(order)]

    def run(self) -> Probabilities:
        features = self.encode_images(self.pixels, *self.images), self.encode_texts(*self.texts)
        return softmax(self.graphs.fuse(*features), self.temperature)


@contextmanager
def autogluon(python: Path | None, table: Path, folder: Path) -> Iterator[Callable[[], Timed] | None]:
    """A function that predicts the posts once with AutoGluon, which was fitted before; None without its Python."""
    if python is None:
        yield None
        return
    script = Path(__file__).with_name("peer_autogluon.py")
    command = [str(python), str(script), str(table), str(minilm_folder() / "vocab.txt"), str(folder)]
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)

    def predict() -> Timed:
        process.stdin.write("\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise RuntimeError(f"AutoGluon has ended: {(folder / 'log.txt').read_text()[-2000:]}")
        return Timed(json.loads(answer)["seconds"], None)

    try:
        yield predict
    finally:
        process.communicate()


def compare(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    torch.set_num_threads(arguments.threads)
    model = anymood.load(arguments.model, threads=arguments.threads, engine=arguments.engine)
    posts = draw_posts(arguments.corpus, arguments.posts)
    table = write_table(folder / "posts.csv", posts)
    eager, limit = Eager(model, posts, arguments.threads), Limit(model, posts, arguments.threads, arguments.engine)
    with autogluon(arguments.autogluon, table, folder) as predict:
        ways: dict[str, Callable[[], Timed]] = {
            "ours": lambda: timed(lambda: ours(model, table)),
            "limit": lambda: timed(limit.run),
            "batches": lambda: timed(eager.batches),
            "loop": lambda: timed(eager.loop),
        }
        if predict is not None:
            ways["autogluon"] = predict
            predict()  # waits for the fit, and warms up
        results = {name: ways[name]().probabilities for name in ("ours", "limit", "batches", "loop")}  # and warm-up
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(arguments.rounds):
            for name in list(ways) if number % 2 == 0 else reversed(ways):
                seconds[name].append(ways[name]().seconds)
                print(f"round {number + 1}: {name} {len(posts) / seconds[name][-1]:.1f} posts/s", flush=True)
    return {
        "posts": len(posts),
        "threads": arguments.threads,
        "workers of the DataLoader": eager.workers,
        "posts a second": {name: len(posts) / statistics.median(taken) for name, taken in seconds.items()},
        "ratios": {
            name: statistics.median(other / own for own, other in zip(seconds["ours"], seconds[name], strict=True))
            for name in ways
            if name != "ours"
        },
        "ratios of the best rounds": {
            name: min(seconds[name]) / min(seconds["ours"]) for name in ways if name != "ours"
        },
        "seconds": seconds,
        "parity": {name: parity(results["ours"], results[name]) for name in ("loop", "batches", "limit")},
    }


def parity(own: Probabilities, other: Probabilities) -> dict[str, float]:
    """Share of equal labels, and the mean and the greatest difference of a probability."""
    difference = np.abs(own - other)
    same = own.argmax(axis=1) == other.argmax(axis=1)
    return {"labels": float(same.mean()), "mean": float(difference.mean()), "greatest": float(difference.max())}


def main() -> None:
    parser = argparse.ArgumentParser(description="anymood compared with alternatives.")
    parser.add_argument("corpus", type=Path, help="the folder of MVSA-Single")
    parser.add_argument("--model", default="sentiment")
    parser.add_argument("--engine", help="of ours; by default that which anymood.load chooses")
    parser.add_argument("--posts", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=available_cores(), help="for ours and for torch")
    parser.add_argument("--autogluon", type=Path, help="python of an environment with autogluon.multimodal")
    parser.add_argument("--json", type=Path, help="file for all results")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        results = compare(arguments, Path(made))
    for name, ratio in results["ratios"].items():
        best = results["ratios of the best rounds"][name]
        result = "reached" if min(ratio, best) >= TARGETS[name] else "NOT reached"
        print(f"{ratio:.2f} times {name}, by the best round of each {best:.2f} times; target {TARGETS[name]}: {result}")
        print(f"  {name}: {results['posts a second'][name]:.1f} posts/s")
    for name, same in results["parity"].items():
        print(f"compared with {name}: {same['labels']:.2%} of labels agree; greatest difference {same['greatest']:.2g}")
    print(f"ours: {results['posts a second']['ours']:.1f} posts/s (medians of {arguments.rounds} rounds)")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
