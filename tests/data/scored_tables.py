"""Tables of scored posts, for the tests of reports."""

import csv
import json

import numpy as np
from posteriors import scored

LABELS = ("negative", "neutral", "positive")
WORDS = (("queue", "mud", "rude"), ("bus", "map", "gate"), ("lights", "dance", "sun"))


def table(posts=300, seed=0, shares=(0.3, 0.4, 0.3)):
    """Rows as ``anymood predict`` writes them to CSV, of days in May 2024 and two campaigns."""
    generator = np.random.default_rng(seed)
    truth = generator.choice(3, posts, p=shares)
    rows, _ = scored(np.bincount(truth, minlength=3), seed)
    result = []
    for number, (label, row) in enumerate(zip(np.sort(truth), rows, strict=True)):
        words = " ".join(generator.choice(WORDS[label], 2))
        result.append(
            {
                "id": f"p{number}",
                "text": f"{words} number{chr(97 + number % 26)}{chr(97 + number // 26)} seen",
                "image": "",
                "created": f"2024-05-{1 + number % 20:02d}T12:00:00Z",
                "campaign": "red" if number % 3 else "blue",
                "label": LABELS[row.argmax()],
                **{f"p_{name}": f"{value:.6f}" for name, value in zip(LABELS, row, strict=True)},
                "used": "text",
                "disagreement": "",
                "problem": "",
                "reason": "",
            }
        )
    return result


def write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_json_lines(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def nested(row):
    """A row as JSON Lines and Parquet have it."""
    scores = {name: float(row[f"p_{name}"]) for name in LABELS}
    others = {name: row[name] for name in ("id", "text", "created", "campaign", "label", "used")}
    return others | {"probabilities": scores, "text_scores": scores, "image_scores": None, "disagreement": None,
                   "problem": None, "reason": None}  # fmt: skip
