"""Training on 400 posts: `anymood train TABLE` compared with the paper's network trained from scratch.

    python benchmarks/few_posts.py MSED -o docs/results/few_posts.md

Draws 300 training, 100 validation and 1,000 test posts, five times, from the test part of MSED with its sentiment
labels. The bundled models were not trained on any of these posts.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import anymood
from anymood.posts import Post

TRAIN, VALIDATION, TEST = 300, 100, 1_000  # posts
TRAININGS = {
    "`anymood train few.csv`": [],
    "the network of the paper, from scratch": ["--word-vectors", "random", "--image-encoder", "tf_efficientnet_lite0"],
}


def main() -> None:
    """Train and measure, and write a page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("msed", type=Path, help="folder of the release")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    rows = posts(arguments.msed / "test")
    lines = ["| | accuracy, % | above the majority baseline | seconds |", "|---|---:|---:|---:|"]
    for name, options in TRAININGS.items():
        results = np.array([one_draw(rows, draw, options) for draw in range(arguments.draws)])
        right, above, seconds = (f"{c.mean():.1f} ± {c.std(ddof=1):.1f}" for c in (results * [100, 100, 1]).T)
        lines.append(f"| {name} | {right} | {above} points | {seconds} |")
        print(lines[-1], flush=True)
    arguments.output.write_text(PAGE.format(draws=arguments.draws, table="\n".join(lines)), encoding="utf-8")


def posts(folder: Path) -> list[dict[str, str]]:
    """Rows with text, image and sentiment label."""
    with (folder / "test.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    images = [folder / "images" / f"{number}.jpg" for number in range(1, len(rows) + 1)]
    return [
        {"text": f"{row['Title']} {row['Caption']}", "image": str(image.resolve()), "label": row["Sentiment"]}
        for row, image in zip(rows, images, strict=True)
        if image.exists()
    ]


def one_draw(rows: list[dict[str, str]], draw: int, options: list[str]) -> tuple[float, float, float]:
    """Accuracy on the test posts, its difference to the majority baseline, and the seconds of the training."""
    order = np.random.default_rng(draw).permutation(len(rows))
    parts = np.split(order, [TRAIN, TRAIN + VALIDATION, TRAIN + VALIDATION + TEST])
    tested = [rows[i] for i in parts[2]]
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "few.csv"
        with table.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "image", "label", "split"])
            for part, split in zip(parts, ("train", "validation"), strict=False):
                writer.writerows([*rows[i].values(), split] for i in part)
        started = time.monotonic()
        command = [sys.executable, "-m", "anymood", "train", str(table), "-o", f"{folder}/run", "--seed", str(draw)]
        subprocess.run([*command, *options], check=True, stderr=subprocess.DEVNULL)
        seconds = time.monotonic() - started
        model = anymood.load(f"{folder}/run")
        predicted = [p.label for p in model.predict_many(Post(row["text"], row["image"]) for row in tested)]
    truth = [row["label"] for row in tested]
    right = float(np.mean([a == b for a, b in zip(predicted, truth, strict=True)]))
    return right, right - max(truth.count(label) for label in set(truth)) / len(truth), seconds


PAGE = """# Training on 400 posts

Accuracy of models that are trained on 300 posts and select the epoch on 100 validation posts, measured on 1,000 test
posts. The posts are drawn {draws} times from the test part of MSED, with its sentiment labels; the bundled models were
not trained on any of them. Mean and standard deviation over the draws. `benchmarks/few_posts.py` writes this page:

```bash
python benchmarks/few_posts.py MSED -o docs/results/few_posts.md
```

{table}
"""


if __name__ == "__main__":
    main()
