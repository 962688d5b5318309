"""Write the model card of a bundled model: the text in ``cards/``, filled with what ``measure.py`` found.

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
    given = parser.parse_args()
    found = json.loads(given.measured.read_text(encoding="utf-8"))
    template = (Path(__file__).parent / "cards" / f"{given.model}.md").read_text(encoding="utf-8")
    given.output.write_text(template.format(**tables(found)), encoding="utf-8")


def tables(found: Mapping[str, Any]) -> dict[str, str]:
    """What is filled in, by its name in the templates."""
    filled = {
        "prior": ", ".join(f"{label} {100 * share:.3g}%" for label, share in found["prior"].items()),
        "texts": texts(found),
        "pairs": pairs(found),
        "releases": releases(MEANINGS["emotion" if "anger" in found["labels"] else "sentiment"]),
    }
    filled["typed"] = table(
        ["kind", "expected", "correct"],
        (
            [kind.replace("_", " "), each["expected"], f"{each['right']} of {each['n']}"]
            for kind, each in found["typed"].items()
        ),
    )
    if "typed_languages" in found:
        labels = found["labels"]
        filled["typed_languages"] = table(
            ["language", "correct", *labels],
            (
                [
                    language,
                    f"{each['right']} of {each['n']}",
                    *(f"{each[label]} of {each['n'] // 3}" for label in labels),
                ]
                for language, each in found["typed_languages"].items()
            ),
        )
    if "contrast" in found:
        filled["contrast"] = table(
            ["kind", "sentences", "accuracy"],
            ([kind, str(each["n"]), f"{each['accuracy']:.0%}"] for kind, each in found["contrast"].items()),
        )
    if "sentences" in found:
        sentences = found["sentences"]
        languages = [name for name in sentences if name not in found["labels"]]
        filled["sentences"] = table(
            ["languages", "sentences", *found["labels"]],
            [
                [
                    ", ".join(languages),
                    str(sum(sentences[name]["n"] for name in languages)),
                    *(f"{sentences[label]['accuracy']:.0%}" for label in found["labels"]),
                ]
            ],
        )
    if "unrelated_images" in found:
        filled["unrelated"] = table(
            ["images: change", "texts", "images", "share"],
            (
                [name, str(each["texts"]), str(each["images"]), f"{each['share']:.1%}"]
                for name, each in found["unrelated_images"].items()
            ),
        )
    return filled


def releases(meaning: str) -> str:
    """The releases of `releases.toml` that have such labels."""
    found: dict[str, dict[str, list[str]]] = {}
    for entry in tomllib.loads(TABLE.read_text("utf-8"))["release"]:
        if meaning in entry:
            row = found.setdefault(entry["source"], {"languages": [], "papers": [], "licences": []})
            row["languages"] += entry.get("languages", [entry.get("language")])
            row["papers"].append(entry["paper"])
            row["licences"].append(entry["licence"])
    rows = (
        [source, *(", ".join(dict.fromkeys(each)) for each in row.values())] for source, row in sorted(found.items())
    )
    return table(["source", "languages", "described by", "licence as stated"], rows)


def texts(found: Mapping[str, Any]) -> str:
    """The text classifier by source and language, on test parts, or where there is none, on validation parts."""
    labels = found["labels"]
    rows = []
    for name, each in (found["validation"]["texts"] | found.get("test", {}).get("texts", {})).items():
        if name != "all":
            part = "test" if name in found.get("test", {}).get("texts", {}) else "validation"
            recalls = [f"{100 * each['recalls'][label]:.1f}" if label in each["recalls"] else "-" for label in labels]
            rows.append(
                [name, part, f"{each['n']:,}", *recalls, f"{100 * each['macro_recall']:.1f}", f"{each['ece']:.3f}"]
            )
    return table(["source/language", "part", "posts", *labels, "mean", "ECE"], rows)


def pairs(found: Mapping[str, Any]) -> str:
    """The three classifiers on pairs."""
    rows = []
    for part in ("validation", "test"):
        measured = found.get(part, {}).get("pairs", {})
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
