"""Processor time of a model in OpenVINO, by that in ONNX Runtime, from files to predictions.

    python benchmarks/engine_choice.py MVSA [--model sentiment] [--posts 160] [--rounds 5]

MVSA is the folder of MVSA-Single. Both engines predict the same images, texts and pairs on one thread in alternating
rounds; the first round, which loads graphs, is not counted. Printed are the median of the ratios of rounds with their
range, milliseconds per post, and the share of equal labels.
"""

import argparse
import statistics
import time

from comparing import spread

import anymood
from anymood.datasets.reader import open_corpus
from anymood.posts import Post

ENGINES = ("onnxruntime", "openvino")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mvsa")
    parser.add_argument("--model", default="sentiment")
    parser.add_argument("--posts", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    pairs = [example.post for example in open_corpus(arguments.mvsa).examples[: arguments.posts]]
    models = {engine: anymood.load(arguments.model, threads=1, engine=engine) for engine in ENGINES}
    print({engine: model.engine for engine, model in models.items()})
    for what, posts in {
        "images": [Post(image=post.image) for post in pairs],
        "texts": [Post(post.text) for post in pairs],
        "pairs": pairs,
    }.items():
        seconds: dict[str, list[float]] = {engine: [] for engine in ENGINES}
        labels = {}
        for _ in range(arguments.rounds + 1):
            for engine, model in models.items():
                start = time.process_time()
                labels[engine] = [prediction.label for prediction in model.predict_many(posts)]
                seconds[engine].append(time.process_time() - start)
        first, second = (seconds[engine][1:] for engine in ENGINES)
        ratios = spread(b / a for a, b in zip(first, second, strict=True))
        each = {engine: f"{statistics.median(seconds[engine][1:]) / len(posts) * 1000:.2f} ms" for engine in ENGINES}
        same = statistics.fmean(a == b for a, b in zip(*(labels[engine] for engine in ENGINES), strict=True))
        print(f"{what}: {ratios}, {each}, {same:.1%} equal")


if __name__ == "__main__":
    main()
