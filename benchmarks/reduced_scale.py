"""Effect of decoding large JPEGs at reduced scale on predictions and on their time.

    python benchmarks/reduced_scale.py FOLDER [--model sentiment]

Each JPEG in FOLDER and its subfolders that is large enough to be decoded at 1/2, 1/4 or 1/8 is predicted twice: from
its path, and as a Pillow image, which is decoded in full. FOLDER should contain photographs.
"""

import argparse
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

from PIL import Image

import anymood
from anymood.errors import ImageError
from anymood.preparation.decoding import decode


def main() -> None:
    parser = argparse.ArgumentParser(description="JPEGs at reduced scale compared with full JPEGs.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="sentiment")
    arguments = parser.parse_args()
    model = anymood.load(arguments.model)
    resize = model.bundle.config.image.resize
    scales: Counter[int] = Counter()
    same = 0
    changes, ratios = [], []
    for path in sorted(file for file in arguments.folder.rglob("*") if file.suffix.lower() in {".jpg", ".jpeg"}):
        try:
            with Image.open(path) as opened:
                scale = round(min(opened.size) / min(decode(path, resize).size))
        except (OSError, ImageError):
            continue
        if scale == 1:
            continue
        started = time.perf_counter()
        reduced = model.predict(image=path)
        between = time.perf_counter()
        with Image.open(path) as opened:
            full = model.predict(image=opened)
        ratios.append((time.perf_counter() - between) / (between - started))
        scales[scale] += 1
        same += reduced.label == full.label
        changes.append(max(abs(p - full.probabilities[label]) for label, p in reduced.probabilities.items()))
    if not changes:
        sys.exit(f"No JPEG in {arguments.folder} has a short side of {4 * resize} pixels or more.")
    print(
        f"{len(changes)} JPEGs ({', '.join(f'{count} at 1/{scale}' for scale, count in sorted(scales.items()))}): "
        f"labels agree on {same}; probabilities change by {max(changes):.4f} at most, "
        f"{statistics.mean(changes):.4f} on average; {statistics.median(ratios):.2f} times as fast (median)"
    )


if __name__ == "__main__":
    main()
