"""Milliseconds per post on one core, alone and in batches: whether a service should delay requests to batch them.

    taskset -c 0 python benchmarks/grouping.py mvsa_single

Each round predicts the same posts in batches of each size in turn. Printed are medians over the rounds.
"""

import argparse
import random
import statistics
import time
from pathlib import Path

import anymood
from anymood.posts import Post

SIZES = (1, 2, 4, 8)


def read_posts(corpus: Path, count: int) -> dict[str, list[Post]]:
    """Posts of MVSA-Single by kind; a third each of the mixed ones."""
    folder = corpus / "data"
    names = sorted(path.stem for path in folder.glob("*.jpg"))
    random.Random(0).shuffle(names)
    pairs = [
        Post((folder / f"{name}.txt").read_bytes().decode("gb18030", "replace"), (folder / f"{name}.jpg").read_bytes())
        for name in names[:count]
    ]
    posts = {"text": [Post(pair.text) for pair in pairs], "image": [Post(None, pair.image) for pair in pairs]}
    posts["both"] = pairs
    kinds = list(posts)
    return posts | {"mixed": [posts[kinds[number % 3]][number] for number in range(count)]}


def milliseconds(model: anymood.Model, posts: list[Post], size: int) -> float:
    began = time.perf_counter()
    for start in range(0, len(posts), size):
        if size == 1:
            model.predict(posts[start].text, posts[start].image)
        else:
            list(model.predict_many(posts[start : start + size]))
    return 1000 * (time.perf_counter() - began) / len(posts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, help="folder of MVSA-Single")
    parser.add_argument("--posts", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--model", default="sentiment")
    parser.add_argument("--engine", help="by default that which anymood.load chooses")
    arguments = parser.parse_args()
    model = anymood.load(arguments.model, threads=1, engine=arguments.engine)
    for kind, posts in read_posts(arguments.corpus, arguments.posts).items():
        milliseconds(model, posts[:8], 8)  # warm-up
        rounds = [[milliseconds(model, posts, size) for size in SIZES] for _ in range(arguments.rounds)]
        columns = [statistics.median(column) for column in zip(*rounds, strict=True)]
        cells = "  ".join(f"{size} at once {value:.1f}" for size, value in zip(SIZES, columns, strict=True))
        print(f"{kind:6}{cells}  (ms per post)")


if __name__ == "__main__":
    main()
