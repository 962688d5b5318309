"""Faithfulness and cost of explanations.

    python benchmarks/explanation.py TABLE [--images FOLDER] [--model sentiment] [-o docs/results/explanation]

Faithfulness is measured by deletion and insertion (Samek et al. 2017; Petsiuk et al. 2018). Deletion removes the words
of a text in the order of their effects, the strongest support of the predicted label first. The area below the curve of
the label's probability is small if the effects are faithful. Insertion adds words in the same order to an empty text;
the area should be large. For images, regions are replaced by the mean colour. Random orders are the baseline,
``--seeds`` of them for each post. Printed are the standard deviation over the seeds of the means over posts, and a
bootstrap interval of the paired difference.

Cost is the time of an explanation divided by that of the prediction, for texts of 30 words with an image.

TABLE is a CSV or TSV file with a column of texts (``--text-column``); posts of 8 to 40 words are drawn from it by
``--seed``. ``--images`` is a folder of JPEG files, for the curves of images and for the cost; without it, images are
left out, and the cost is measured with a drawn one. Writes OUT.md and OUT.json.
"""

import argparse
import csv
import datetime
import json
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import anymood
from anymood.explanation.explain import explain
from anymood.explanation.region_effects import occluded
from anymood.explanation.word_effects import Word, passages, without, word_effects, words_of
from anymood.posts import Post
from anymood.preparation.decoding import decode
from anymood.runtime.steps import PredictionSteps

BOOTSTRAP = 2000
GRID = 7  # regions per side in the curves of images
LONG = 30  # words of the texts for the cost
CURVE_STEPS = 20  # maximum of a curve

Orders = dict[str, list[list[int]]]  # by method, an order for each seed


def main() -> None:
    parser = argparse.ArgumentParser(description="Deletion and insertion curves of explanations, and their cost.")
    parser.add_argument("table", type=Path)
    parser.add_argument("--model", default="sentiment")
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--images", type=Path)
    parser.add_argument("--posts", type=int, default=200)
    parser.add_argument("--image-posts", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--engine")
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/results/explanation"))
    arguments = parser.parse_args()
    model = anymood.load(arguments.model, threads=arguments.threads, engine=arguments.engine)
    steps = PredictionSteps(model)
    texts = drawn_texts(arguments.table, arguments.text_column, arguments.posts, arguments.seed)
    images = drawn_images(arguments.images, arguments.image_posts, arguments.seed)
    results: dict[str, Any] = {
        "model": model.name,
        "engine": model.engine,
        "threads": arguments.threads,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "seeds": arguments.seeds,
        "texts": summarise([text_curves(steps, text, arguments.seeds) for text in texts], arguments.seed),
        "images": summarise([image_curves(steps, image, arguments.seeds) for image in images], arguments.seed),
        "cost": cost(model, texts, images, arguments.seed),
    }
    arguments.output.with_suffix(".json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    arguments.output.with_suffix(".md").write_text(report(results), encoding="utf-8")
    print(report(results))


def drawn_texts(table: Path, column: str, count: int, seed: int) -> list[str]:
    with table.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t" if table.suffix == ".tsv" else ",")
        texts = sorted({row[column] for row in rows if 8 <= len(words_of(row[column] or "")) <= 40})
    random.Random(seed).shuffle(texts)
    return texts[:count]


def drawn_images(folder: Path | None, count: int, seed: int) -> list[Path]:
    files = sorted(folder.rglob("*.jpg")) if folder is not None else []
    random.Random(seed).shuffle(files)
    return files[:count]


def text_curves(steps: PredictionSteps, text: str, seeds: int) -> dict[str, list[tuple[float, float]]]:
    """Areas below the deletion and the insertion curve of a text, by method and seed."""
    post = steps.encode_post(Post(text))
    if post.text is None:
        return {}
    probabilities = steps.probabilities([(post.text, None)])[0]
    label = int(probabilities.argmax())
    words = words_of(text)
    effects = {
        "passages (default)": [one.effect for one in word_effects(steps, text, None, label)],
        "whole text": [one.effect for one in word_effects(steps, text, None, label, whole_text=True)],
        "passages, only left out": left_out(steps, text, words, label),
        "only each word alone": alone(steps, text, words, label),
    }
    orders = ranked(effects, len(words), seeds)

    def values(kept: list[list[int]]) -> NDArray[np.float64]:
        variants = [without(text, [word for at, word in enumerate(words) if at not in set(each)]) for each in kept]
        return steps.probabilities([(each, None) for each in steps.encode_texts(variants)])[:, label]

    return areas(orders, len(words), values)


def alone(steps: PredictionSteps, text: str, words: Sequence[Word], label: int) -> list[float]:
    """The probability of the label by each word alone."""
    encoded = steps.encode_texts([text[word.start : word.end] for word in words])
    return steps.probabilities([(each, None) for each in encoded])[:, label].tolist()


def left_out(steps: PredictionSteps, text: str, words: Sequence[Word], label: int) -> list[float]:
    """The decrease of the label's probability if a word is removed from its passage, for each word."""
    decreases = []
    for part in passages(text, words):
        start, end = part[0].start, part[-1].end
        rests = [without(text[start:end], [Word(word.start - start, word.end - start)]) for word in part]
        encoded = steps.encode_texts([text[start:end], *rests])
        whole, *others = steps.probabilities([(each, None) for each in encoded])[:, label].tolist()
        decreases += [whole - other for other in others]
    return decreases


def image_curves(steps: PredictionSteps, path: Path, seeds: int) -> dict[str, list[tuple[float, float]]]:
    """Areas below the deletion and the insertion curve of an image, by method and seed."""
    explanation = explain(model=steps.model, image=path)
    if explanation.regions is None or explanation.label is None:
        return {}
    label = steps.model.labels.names.index(explanation.label)
    frame = steps.frame(decode(path))
    whole, parts = occluded(steps, frame, GRID)
    encoded = [(None, each) for each in (whole, *(part for row in parts for part in row))]
    probabilities = steps.probabilities(encoded)[:, label]
    effects = {"occlusion, 7 x 7": (probabilities[0] - probabilities[1:]).tolist()}
    grid = np.array(explanation.regions.effects)
    if explanation.regions.method == "feature map" and grid.shape == (GRID, GRID):
        effects = {"feature map (default)": grid.ravel().tolist()} | effects
    edges = np.linspace(0, len(frame), GRID + 1).round().astype(int)
    mean = frame.reshape(-1, 3).mean(axis=0).round().astype(np.uint8)

    def values(kept: list[list[int]]) -> NDArray[np.float64]:
        variants = np.empty((len(kept), *frame.shape), np.uint8)
        variants[:] = mean
        for variant, regions in zip(variants, kept, strict=True):
            for region in regions:
                row, column = divmod(region, GRID)
                place = slice(edges[row], edges[row + 1]), slice(edges[column], edges[column + 1])
                variant[place] = frame[place]
        return steps.probabilities([(None, each) for each in steps.encode_frames(variants)])[:, label]

    return areas(ranked(effects, GRID * GRID, seeds), GRID * GRID, values)


def ranked(effects: dict[str, list[float]], count: int, seeds: int) -> Orders:
    """Orders by effect, the strongest support first, and random ones."""
    orders: Orders = {name: [sorted(range(count), key=lambda at: -each[at])] for name, each in effects.items()}
    orders["random"] = [np.random.default_rng(seed).permutation(count).tolist() for seed in range(seeds)]
    return orders


def areas(
    orders: Orders, count: int, values: Callable[[list[list[int]]], NDArray[np.float64]]
) -> dict[str, list[tuple[float, float]]]:
    """Means of the deletion and the insertion curve for each order."""
    results: dict[str, list[tuple[float, float]]] = {}
    sizes = np.unique(np.linspace(0, count, min(count, CURVE_STEPS) + 1).round().astype(int)).tolist()
    for name, several in orders.items():
        results[name] = []
        for order in several:
            curves = values([order[size:] for size in sizes] + [order[:size] for size in sizes])
            half = len(sizes)
            width = [size / count for size in sizes]
            results[name].append((area(curves[:half], width), area(curves[half:], width)))
    return results


def area(curve: NDArray[np.float64], width: Sequence[float]) -> float:
    """The area below a curve, by the trapezoidal rule."""
    return float(((curve[1:] + curve[:-1]) / 2 * np.diff(width)).sum())


def summarise(posts: list[dict[str, list[tuple[float, float]]]], seed: int) -> dict[str, Any]:
    """Means over posts, the standard deviation over seeds, and the difference to random orders with an interval."""
    posts = [post for post in posts if post]
    if not posts:
        return {}
    rng = np.random.default_rng(seed)
    resampled = rng.integers(0, len(posts), (BOOTSTRAP, len(posts)))
    table = {name: np.array([post[name] for post in posts]) for name in posts[0] if all(name in post for post in posts)}
    chance = table["random"].mean(axis=1)
    summary: dict[str, Any] = {"posts": len(posts), "methods": {}}
    for name, values in table.items():
        by_seed = values.mean(axis=0)
        row: dict[str, Any] = {}
        for at, curve in enumerate(("deletion", "insertion")):
            difference = values.mean(axis=1)[:, at] - chance[:, at]
            low, high = np.quantile(difference[resampled].mean(axis=1), (0.025, 0.975))
            row[curve] = {
                "area": float(by_seed[:, at].mean()),
                "spread_over_seeds": float(by_seed[:, at].std()) if len(by_seed) > 1 else None,
                "minus_random": float(difference.mean()),
                "interval": [float(low), float(high)],
            }
        summary["methods"][name] = row
    return summary


def cost(model: anymood.Model, texts: list[str], images: list[Path], seed: int) -> dict[str, Any]:
    """Seconds of a prediction and of an explanation of the same post, medians over posts, measured in turn."""
    words = " ".join(texts).split()
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
    posts = [
        (" ".join(words[at * LONG : (at + 1) * LONG]), images[at % len(images)] if images else drawn)
        for at in range(min(12, len(words) // LONG))
    ]
    model.warm_up()
    explain(*posts[0], model=model)
    times = []
    for text, image in posts:
        predictions = [timed(lambda: model.predict(text, image)) for _ in range(3)]  # noqa: B023
        explanations = [timed(lambda: explain(text, image, model=model)) for _ in range(3)]  # noqa: B023
        times.append((min(predictions), min(explanations)))
    ratios = [explanation / prediction for prediction, explanation in times]
    lengths = [len(passages(text, words_of(text))) for text, _ in posts]
    return {
        "words": LONG,
        "posts": len(posts),
        "passages": statistics.median(lengths),
        "prediction_ms": 1000 * statistics.median(one for one, _ in times),
        "explanation_ms": 1000 * statistics.median(other for _, other in times),
        "ratio": statistics.median(ratios),
        "ratio_range": [min(ratios), max(ratios)],
    }


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def report(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    cost = results["cost"]
    lines = [
        "# Faithfulness and cost of explanations",
        "",
        "```bash",
        "python benchmarks/explanation.py english.csv --images mvsa_single/data",
        "```",
        "",
        f"Model `{results['model']}`, {results['engine']}, {results['threads']} thread, {results['machine']}, "
        f"{results['date']}.",
        "",
        "- **Deletion** removes words or regions in the order of their effects, the strongest support of the predicted "
        "label first. The value is the mean probability of the label during the removal: lower is better.",
        "- **Insertion** adds them in the same order: higher is better.",
        f"- **Random** orders have {results['seeds']} seeds; ± is the standard deviation of their means. Intervals of "
        "the paired difference to random are 95 % intervals, by bootstrap over posts.",
        "",
    ]
    for kind in ("texts", "images"):
        if results[kind]:
            lines += [f"## {kind.capitalize()}: {results[kind]['posts']} posts", "", *_table(results[kind]), ""]
    low, high = cost["ratio_range"]
    lines += [
        "## Cost",
        "",
        f"{cost['posts']} posts of {cost['words']} words with an image, best of three runs each: a prediction takes "
        f"{cost['prediction_ms']:.0f} ms and its explanation {cost['explanation_ms']:.0f} ms, "
        f"**{cost['ratio']:.1f} times** as long (median; range {low:.1f} to {high:.1f}).",
        "",
    ]
    return "\n".join(lines)


def _table(summary: dict[str, Any]) -> list[str]:
    lines = ["| order | deletion | minus random | insertion | minus random |", "|---|---|---|---|---|"]
    for name, row in summary["methods"].items():
        cells = [name]
        for curve in ("deletion", "insertion"):
            values = row[curve]
            spread = values["spread_over_seeds"]
            low, high = values["interval"]
            cells.append(f"{values['area']:.3f}" + (f" ± {spread:.3f}" if spread is not None else ""))
            cells.append("" if name == "random" else f"{values['minus_random']:+.3f} ({low:+.3f} to {high:+.3f})")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    main()
