"""How much decoding large JPEGs at reduced scale changes of a prediction, and saves of its time.

    python benchmarks/reduced_scale.py FOLDER [--model sentiment]

Each JPEG of FOLDER, and of the folders in it, that is large enough to be decoded at 1/2, 1/4 or 1/8 is predicted twice:
from its path, and as an image of Pillow's, which is decoded in full. What FOLDER holds should be photographs.
"""

import argparse
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

import anymood
from anymood.errors import ImageError
from anymood.preparation.decoding import decode


def main() -> None:
    parser = argparse.ArgumentParser(description="JPEGs at reduced scale against JPEGs in full.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="sentiment")
    given = parser.parse_args()
    model = anymood.load(given.model)
    resize = model.bundle.config.image.resize
    scales: Counter[int] = Counter()
    same = 0
    apart, ratios = [], []
    for path in sorted(file for file in given.folder.rglob("*") if file.suffix.lower() in {".jpg", ".jpeg"}):
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
        apart.append(
            float(np.abs(np.subtract(list(reduced.probabilities.values()), list(full.probabilities.values()))).max())
        )
    if not apart:
        sys.exit(f"No JPEG in {given.folder} has a short side of {4 * resize} pixels or more.")
    print(
        f"{len(apart)} JPEGs ({', '.join(f'{count} at 1/{scale}' for scale, count in sorted(scales.items()))}): "
        f"labels agree on {same}; the probability furthest apart by {max(apart):.4f} at most, "
        f"{statistics.mean(apart):.4f} on average; {statistics.median(ratios):.2f} times as fast (median)"
    )


if __name__ == "__main__":
    main()
