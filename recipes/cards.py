"""Write the model card of a bundled model: the template in ``cards/``, with the results of ``measure.py``.

python recipes/cards.py sentiment docs/results/sentiment.json -o src/anymood/models/sentiment/MODEL_CARD.md
"""

import argparse
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from releases import MEANINGS, TABLE

CLASSIFIERS = {"fused": "fused", "text": "text", "image": "image", "image_by_its_own_label": "image, by its own label"}


def main() -> None:
    """Write one card."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", choices=("sentiment", "sentiment-small", "emotion"))
    parser.add_argument("measured", type=Path, help="the JSON file of measure.py")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the model card")
    arguments = parser.parse_args()
    results = json.loads(arguments.measured.read_text(encoding="utf-8"))
    template = (Path(__file__).parent / "cards" / f"{arguments.model}.md").read_text(encoding="utf-8")
    arguments.output.write_text(template.format(**tables(results)), encoding="utf-8")


def tables(results: Mapping[str, Any]) -> dict[str, str]:
    """The values of the fields of the templates."""
    filled = {
        "prior": ", ".join(f"{label} {100 * share:.3g}%" for label, share in results["prior"].items()),
        "texts": texts(results),
        "pairs": pairs(results),
        "releases": releases(MEANINGS["emotion" if "anger" in results["labels"] else "sentiment"]),
    }
    filled["typed"] = table(
        ["kind", "expected", "correct"],
        (
            [kind.replace("_", " "), each["expected"], f"{each['right']} of {each['n']}"]
            for kind, each in results["typed"].items()
        ),
    )
    if "typed_languages" in results:
        labels = results["labels"]
        filled["typed_languages"] = table(
            ["language", "correct", *labels],
            (
                [
                    language,
                    f"{each['right']} of {each['n']}",
                    *(f"{each[label]} of {each['n'] // 3}" for label in labels),
                ]
                for language, each in results["typed_languages"].items()
            ),
        )
    if "contrast" in results:
        filled["contrast"] = table(
            ["kind", "sentences", "accuracy"],
            ([kind, str(each["n"]), f"{each['accuracy']:.0%}"] for kind, each in results["contrast"].items()),
        )
    if "sentences" in results:
        sentences = results["sentences"]
        languages = [name for name in sentences if name not in results["labels"]]
        filled["sentences"] = table(
            ["languages", "sentences", *results["labels"]],
            [
                [
                    ", ".join(languages),
                    str(sum(sentences[name]["n"] for name in languages)),
                    *(f"{sentences[label]['accuracy']:.0%}" for label in results["labels"]),
                ]
            ],
        )
    if "unrelated_images" in results:
        filled["unrelated"] = table(
            ["images: change", "texts", "images", "share"],
            (
                [name, str(each["texts"]), str(each["images"]), f"{each['share']:.1%}"]
                for name, each in results["unrelated_images"].items()
            ),
        )
    return filled


def releases(meaning: str) -> str:
    """The releases of `releases.toml` with labels of a task.

    ``meaning`` is the name of their labels there, a value of ``MEANINGS``.
    """
    by_source: dict[str, dict[str, list[str]]] = {}
    for entry in tomllib.loads(TABLE.read_text("utf-8"))["release"]:
        if meaning in entry:
            row = by_source.setdefault(entry["source"], {"languages": [], "papers": [], "licences": []})
            row["languages"] += entry.get("languages", [entry.get("language")])
            row["papers"].append(entry["paper"])
            row["licences"].append(entry["licence"])
    rows = (
        [source, *(", ".join(dict.fromkeys(each)) for each in row.values())]
        for source, row in sorted(by_source.items())
    )
    return table(["source", "languages", "described by", "licence as stated"], rows)


def texts(results: Mapping[str, Any]) -> str:
    """The text classifier by source and language, on the test part, or without one on the validation part."""
    labels = results["labels"]
    rows = []
    for name, each in (results["validation"]["texts"] | results.get("test", {}).get("texts", {})).items():
        if name != "all":
            part = "test" if name in results.get("test", {}).get("texts", {}) else "validation"
            recalls = [f"{100 * each['recalls'][label]:.1f}" if label in each["recalls"] else "-" for label in labels]
            rows.append(
                [name, part, f"{each['n']:,}", *recalls, f"{100 * each['macro_recall']:.1f}", f"{each['ece']:.3f}"]
            )
    return table(["source/language", "part", "posts", *labels, "mean", "ECE"], rows)


def pairs(results: Mapping[str, Any]) -> str:
    """The classifiers on pairs."""
    rows = []
    for part in ("validation", "test"):
        measured = results.get(part, {}).get("pairs", {})
        for name, each in measured.get("plain", {}).items():
            if name in CLASSIFIERS:
                values = [
                    f"{100 * e['accuracy']:.1f} / {100 * e['macro_recall']:.1f}"
                    for e in (each, measured["prior"][name])
                ]
                rows.append([CLASSIFIERS[name], part, f"{each['n']:,}", *values])
    return table(["classifier", "part", "posts", "prior of the model", "prior of the pairs"], rows)


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
