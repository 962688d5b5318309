"""Predict the example posts with the bundled model: ``make demo``."""

import csv
from pathlib import Path

from rich.console import Console
from rich.table import Table

import anymood

HERE = Path(__file__).parent
STYLES = {"positive": "green", "neutral": "yellow", "negative": "red"}


def read_posts(table: Path) -> list[anymood.Post]:
    """The posts of a CSV file; an empty cell is a missing text or image."""
    with table.open(encoding="utf-8", newline="") as file:
        return [
            anymood.Post(row["text"] or None, table.parent / row["image"] if row["image"] else None, row["id"])
            for row in csv.DictReader(file)
        ]


def score(scores: anymood.Scores | None) -> str:
    """The label of a classifier and its probability; a dash if its input is missing."""
    if scores is None:
        return "[dim]-[/]"
    return f"[{STYLES.get(scores.label, '')}]{scores.label} {max(scores.values):.0%}[/]"


def main() -> None:
    """Print a table with one row per post, and the problems below it."""
    posts = read_posts(HERE / "posts.csv")
    model = anymood.load()
    predictions = list(model.predict_many(posts))

    table = Table(show_lines=True)
    table.add_column("text", max_width=32)
    for heading in ("image", "decided by", "text score", "image score", "prediction"):
        table.add_column(heading)
    for post, prediction in zip(posts, predictions, strict=True):
        image = Path(str(post.image)).name if post.image else "[dim]-[/]"
        decision = score(prediction.deciding)
        table.add_row(
            post.text or "[dim]-[/]", image, prediction.used, score(prediction.text), score(prediction.image), decision
        )
    console = Console(width=104, highlight=False)
    console.print(table)
    for prediction in predictions:
        if prediction.problem:
            console.print(f"[bold]{prediction.id}[/]: {prediction.problem}".replace(f"{HERE}/", "examples/"))


if __name__ == "__main__":
    main()
