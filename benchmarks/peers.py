"""Posts a second of anymood and of what else one would use, from files to probabilities, in one run.

    python benchmarks/peers.py MVSA [--posts 256] [--rounds 3] [--autogluon PYTHON] [--json FILE]

MVSA is the folder of MVSA-Single. The same posts, pairs all of them, go in alternating rounds through

- ours: ``predict_files`` with the model as ``anymood.load`` gives it;
- loop: torch in eager float32 with torchvision's preprocessing and the same network, its weights dequantised, post by
  post;
- batches: the same by 32 with a DataLoader, without workers or with one a core, whichever is faster;
- autogluon: AutoGluon MultiModal's predict with the same image backbone and ELECTRA-small, in the environment whose
  python is given (``peer_autogluon.py`` says more); its weights are random and its outputs are not compared;
- limit: the graphs alone, on arrays that lie in memory.

Ratios are taken round by round and their median printed, beside the ratio of the best rounds: torch's threads wait for
each other, so that whatever else runs slows it many times. A mark is reached if both are. How far the probabilities lie
apart is printed too.
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
from anymood.evaluation.calibration import softmax
from anymood.jobs.job import predict_files
from anymood.network.multitask import MultitaskNetwork
from anymood.network.pretrained_transformer import minilm_folder
from anymood.posts import Post
from anymood.preparation.cleaning import clean, has_words
from anymood.runtime.bundle import Bundle
from anymood.runtime.cores import available_cores
from anymood.runtime.predictor import Model
from anymood.training.config import Recipe
from anymood.training.starting_point import from_bundle, open_start

BATCH = 32  # of the DataLoader
MARKS = {"loop": 5.0, "batches": 2.5, "autogluon": 3.0, "limit": 0.85}  # times as fast as these
GROUPS = (4, 8, 16, 32)  # posts that a graph sees at once, to choose from
TRIED = 64  # images, to find out which
SEED = 0

Probabilities = np.ndarray[Any, np.dtype[np.float64]]  # (posts, classes)
Each = Callable[..., Iterable[Any]]  # map, or its like over several threads
PreparedRun = tuple[torch.Tensor, torch.Tensor]  # pixels (3, S, S), token ids (T,)


class Timed(NamedTuple):
    """One way through all posts."""

    seconds: float
    found: Probabilities | None


def timed(through: Callable[[], Probabilities | None]) -> Timed:
    started = time.perf_counter()
    found = through()
    return Timed(time.perf_counter() - started, found)


def draw_posts(corpus: Path, count: int) -> list[Post]:
    """Pairs of MVSA, drawn over all its parts."""
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
    """What a user would write: torch in float32, with torchvision's preprocessing."""

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
        found = []
        for pixels, tokens in map(self.posts.__getitem__, range(len(self.posts))):
            found.append(self.scores(pixels[None], tokens[None]))
        return np.concatenate(found)

    def batches(self, workers: int | None = None) -> Probabilities:
        workers = self.workers if workers is None else workers
        joined = partial(collate, padding=self.posts.text.pad_id)
        loader = DataLoader(self.posts, BATCH, num_workers=workers, collate_fn=joined)
        return np.concatenate([self.scores(*batch) for batch in loader])


def load_network(bundle: Bundle) -> MultitaskNetwork:
    """The torch network of a bundle in float32; weights in 8 and 4 bits are dequantised."""
    _, recipe = open_start(Recipe(start_from=str(bundle.folder)))
    return from_bundle(bundle, recipe, bundle.labels).network.eval()


class EagerPosts(Dataset[PreparedRun]):
    """Prepared posts. The text preparation is ours, since the tokens must be the same."""

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

    def __getitem__(self, index: int) -> PreparedRun:
        post = self.posts[index]
        with Image.open(post.image) as opened:
            pixels = self.prepare(opened.convert("RGB"))
        return pixels, torch.from_numpy(self.text.encode(post.text))


def collate(posts: list[PreparedRun], padding: int) -> PreparedRun:
    tokens = torch.nn.utils.rnn.pad_sequence([tokens for _, tokens in posts], batch_first=True, padding_value=padding)
    return torch.stack([pixels for pixels, _ in posts]), tokens


class Limit:
    """The graphs of a model on arrays in memory, in those groups of posts in which they are fastest."""

    def __init__(self, model: Model, posts: list[Post]) -> None:
        self.engine = model._graphs
        self.temperature = model.bundle.config.temperatures.fused
        image, text = model.bundle.config.image, model.bundle.text_preparation()
        self.pixels = np.stack([image.prepare(post.image) for post in posts])
        self.tokens, self.pad = [text.encode(post.text) for post in posts], text.pad
        self.each: tuple[Each, ...] = (
            map,
            ThreadPoolExecutor(self.engine.callers(self.engine.threads)).map,
        )  # in turn, or on all cores
        self.images = self.fastest(lambda *way: self.encode_images(self.pixels[:TRIED], *way))
        self.texts = self.fastest(self.encode_texts)

    def fastest(self, encode: Callable[[Each, int], Any]) -> tuple[Each, int]:
        ways = [*product(self.each, GROUPS)] * 4  # the best of four trials: a machine has its moments
        taken = [(timed(partial(encode, *way)).seconds, index) for index, way in enumerate(ways)]
        return ways[min(taken)[1]]

    def encode_images(self, pixels: np.ndarray[Any, Any], each: Each, size: int) -> np.ndarray[Any, Any]:
        groups = [pixels[start : start + size] for start in range(0, len(pixels), size)]
        return np.concatenate([features for features, _ in each(self.engine.encode_image, groups)])

    def encode_texts(self, each: Each, size: int) -> np.ndarray[Any, Any]:
        order = sorted(range(len(self.tokens)), key=lambda row: len(self.tokens[row]))
        groups = [order[start : start + size] for start in range(0, len(order), size)]
        padded = [self.pad([self.tokens[row] for row in group]) for group in groups]
        features = np.concatenate([features for features, _ in each(self.engine.encode_text, padded)])
        return features[np.argsort(order)]

    def run(self) -> Probabilities:
        features = self.encode_images(self.pixels, *self.images), self.encode_texts(*self.texts)
        return softmax(self.engine.fuse(*features), self.temperature)


@contextmanager
def autogluon(python: Path | None, table: Path, folder: Path) -> Iterator[Callable[[], Timed] | None]:
    """What predicts the posts once with AutoGluon, in a process that was fitted before; None without its python."""
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
            raise RuntimeError(f"AutoGluon came to an end: {(folder / 'log.txt').read_text()[-2000:]}")
        return Timed(json.loads(answer)["seconds"], None)

    try:
        yield predict
    finally:
        process.communicate()


def compare(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    torch.set_num_threads(given.threads)
    engine = {"engine": given.engine} if given.engine else {}
    model = anymood.load(given.model, threads=given.threads, **engine)
    posts = draw_posts(given.corpus, given.posts)
    table = write_table(folder / "posts.csv", posts)
    eager, limit = Eager(model, posts, given.threads), Limit(model, posts)
    with autogluon(given.autogluon, table, folder) as predict:
        ways: dict[str, Callable[[], Timed]] = {
            "ours": lambda: timed(lambda: ours(model, table)),
            "limit": lambda: timed(limit.run),
            "batches": lambda: timed(eager.batches),
            "loop": lambda: timed(eager.loop),
        }
        if predict is not None:
            ways["autogluon"] = predict
            predict()  # waits for the fit, and warms up
        found = {name: ways[name]().found for name in ("ours", "limit", "batches", "loop")}  # and warm-up
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(given.rounds):
            for name in list(ways) if number % 2 == 0 else reversed(ways):
                seconds[name].append(ways[name]().seconds)
                print(f"round {number + 1}: {name} {len(posts) / seconds[name][-1]:.1f} posts/s", flush=True)
    return {
        "posts": len(posts),
        "threads": given.threads,
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
        "parity": {name: parity(found["ours"], found[name]) for name in ("loop", "batches", "limit")},
    }


def parity(own: Probabilities, other: Probabilities) -> dict[str, float]:
    """Share of equal labels, and the mean and the greatest difference of a probability."""
    apart = np.abs(own - other)
    same = own.argmax(axis=1) == other.argmax(axis=1)
    return {"labels": float(same.mean()), "mean": float(apart.mean()), "greatest": float(apart.max())}


def main() -> None:
    parser = argparse.ArgumentParser(description="anymood beside what else one would use.")
    parser.add_argument("corpus", type=Path, help="the folder of MVSA-Single")
    parser.add_argument("--model", default="sentiment")
    parser.add_argument("--engine", help="of ours; by default what anymood.load picks")
    parser.add_argument("--posts", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=available_cores(), help="for ours and for torch")
    parser.add_argument("--autogluon", type=Path, help="python of an environment with autogluon.multimodal")
    parser.add_argument("--json", type=Path, help="where all figures go")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        results = compare(given, Path(made))
    for name, ratio in results["ratios"].items():
        best = results["ratios of the best rounds"][name]
        told = "reached" if min(ratio, best) >= MARKS[name] else "NOT reached"
        print(f"{ratio:.2f} times {name}, by the best round of each {best:.2f} times; mark {MARKS[name]}: {told}")
        print(f"  {name}: {results['posts a second'][name]:.1f} posts/s")
    for name, apart in results["parity"].items():
        print(f"against {name}: {apart['labels']:.2%} of labels agree; greatest difference {apart['greatest']:.2g}")
    print(f"ours: {results['posts a second']['ours']:.1f} posts/s (medians of {given.rounds} rounds)")
    if given.json:
        given.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
