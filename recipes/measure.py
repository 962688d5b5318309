"""Measure a bundled model: by language and source, on contrasts, with unrelated images, on its benchmark.

Writes a JSON file, of which ``cards.py`` makes the model card and the page of results. The test parts are looked at
with ``--test`` alone, once a model is final.

Shape legend: N posts, C classes, V images, D values of a representation.
"""

import argparse
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from train_bundles import LABELS, PROTOCOLS

import anymood
from anymood.datasets.corpus import Example
from anymood.datasets.reader import open_corpus
from anymood.evaluation.metrics import ClassifierMetrics, evaluate_predictions
from anymood.labels import LabelSet
from anymood.posts import Post, Prediction
from anymood.runtime.bundle import Bundle
from anymood.runtime.finding import find_bundle
from anymood.runtime.graphs import BundleGraphs

SURE = 0.8  # probability from which a text counts as clearly negative
TEXTS, IMAGES = 500, 200  # that are joined, at most
TYPED = {"sentiment": "typed_posts.toml", "emotion": "typed_emotions.toml"}  # beside this file


def main() -> None:
    """Measure one model."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("task", choices=LABELS)
    parser.add_argument("texts", type=Path, help="the table of sources.py")
    parser.add_argument("--model", help="the bundled model of the task by default")
    parser.add_argument("--pairs", type=Path, required=True, help="folder of MVSA-Single or of MSED")
    parser.add_argument("--images", type=Path, default=Path("examples/images"), help="unrelated photographs")
    parser.add_argument("--limit", type=int, default=2_000, help="validation texts of a source and language")
    parser.add_argument("--test", action="store_true", help="look at the test parts")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a JSON file")
    given = parser.parse_args()
    path = find_bundle(given.model or given.task)
    model, labels = anymood.load(path, threads=1, engine="onnxruntime"), LABELS[given.task]
    frame = pd.read_parquet(given.texts)
    frame = frame[frame["task"] == given.task]
    pairs = open_corpus(given.pairs, labels, protocol=PROTOCOLS[given.task])
    is_fused = "fused" in model.bundle.config.trained
    parts = ("validation", "test") if given.test else ("validation",)
    found: dict[str, Any] = {"model": model.name, "labels": list(labels), "prior": dict(Bundle.open(path).config.prior)}
    for part in parts:
        texts = of_part(frame, part, given.limit if part == "validation" else None)
        found[part] = {
            "texts": measure_texts(model, texts, labels),
        }
        if is_fused:
            examples = [e for e in pairs.examples if e.split == part]
            found[part]["pairs"] = measure_pairs(path, examples, label_shares(pairs))
    if given.task == "sentiment":
        contrast = frame[frame["split"] == "contrast"]
        found["contrast"] = shares_right(model, contrast, ["category"])
        if is_fused:
            texts = of_part(frame, "validation", None)
            found["unrelated_images"] = measure_unrelated(path, texts, pairs.examples, given.images)
    sentences = frame[(frame["split"] == "contrast_validation") & (frame["category"] == "sentences")]
    found["sentences"] = shares_right(model, sentences, ["language", "label"])
    found["typed"] = measure_typed(model, Path(__file__).parent / TYPED[given.task])
    if given.task == "sentiment":
        found["typed_languages"] = measure_typed_languages(model, Path(__file__).with_name("typed_languages.toml"))
    given.output.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps({name: found[name] for name in ("contrast", "unrelated_images") if name in found}, indent=1))


def of_part(frame: pd.DataFrame, part: str, limit: int | None) -> pd.DataFrame:
    """Texts of a part, at most so many of each source and language, drawn with seed 0."""
    chosen = frame[frame["split"] == part]
    if limit is None:
        return chosen
    groups = chosen.groupby(["source", "language"], sort=True)
    return pd.concat([group.sample(min(limit, len(group)), random_state=0) for _, group in groups])


def measure_texts(model: anymood.Model, frame: pd.DataFrame, labels: LabelSet) -> dict[str, Any]:
    """Metrics of the text classifier by source and language, and over all of them."""
    predictions = model.predict_many(Post(text) for text in frame["text"])
    rows = pd.Series(list(predictions), index=frame.index)
    groups = {f"{s}/{n}": group.index for (s, n), group in frame.groupby(["source", "language"])}
    groups["all"] = frame.index
    return {name: of_texts(frame.loc[index], rows[index], labels) for name, index in groups.items()}


def of_texts(frame: pd.DataFrame, predictions: Iterable[Prediction], labels: LabelSet) -> dict[str, Any]:
    """Metrics of the text classifier on some texts."""
    truth = [labels.index(label) for label in frame["label"]]
    return summary(evaluate_predictions(predictions, truth, labels).metrics["text"]["all"], labels)


def summary(metrics: ClassifierMetrics, labels: LabelSet) -> dict[str, Any]:
    """What the page shows of a classifier."""
    recalls = {name: one.recall for name, one in zip(labels, metrics.per_class, strict=True) if one.support}
    return {
        "n": metrics.n,
        "accuracy": metrics.accuracy,
        "macro_recall": float(np.mean([*recalls.values()])),
        "recalls": recalls,
        "macro_f1": metrics.macro_f1,
        "ece": metrics.ece,
        "confusion": [list(row) for row in metrics.confusion],
    }


def label_shares(pairs: Any) -> dict[str, float]:
    """Proportions of the labels among the pairs to train on."""
    counts = pairs.select("train").label_counts()
    return {name: count / sum(counts.values()) for name, count in counts.items()}


def measure_pairs(path: Path, examples: Sequence[Example], prior: Mapping[str, float]) -> dict[str, Any]:
    """Metrics of the three classifiers on pairs, as they are and with the proportions of the benchmark."""
    found: dict[str, Any] = {}
    for name, model in (
        ("plain", anymood.load(path, threads=1, engine="onnxruntime")),
        ("prior", anymood.load(path, threads=1, engine="onnxruntime", prior=prior)),
    ):
        predictions = list(model.predict_many(example.post for example in examples))
        result = evaluate_predictions(predictions, [e.label for e in examples], model.labels)
        found[name] = {each: summary(parts["all"], model.labels) for each, parts in result.metrics.items()}
        judged = [(e, p) for e, p in zip(examples, predictions, strict=True) if e.image_label is not None and p.image]
        if judged:
            result = evaluate_predictions([p for _, p in judged], [e.image_label for e, _ in judged], model.labels)
            found[name]["image_by_its_own_label"] = summary(result.metrics["image"]["all"], model.labels)
    return found


def shares_right(model: anymood.Model, frame: pd.DataFrame, columns: Sequence[str]) -> dict[str, Any]:
    """Share of right labels among the texts with each value of each of the columns."""
    said = [prediction.label for prediction in model.predict_many(Post(text) for text in frame["text"])]
    right = pd.Series(np.array(said) == frame["label"].to_numpy())
    return {
        value: {"n": len(part), "accuracy": float(part.mean())}
        for column in columns
        for value, part in right.groupby(frame[column].to_numpy())
    }


def measure_unrelated(path: Path, frame: pd.DataFrame, pairs: Sequence[Example], folder: Path) -> dict[str, Any]:
    """What becomes of clearly negative and of neutral texts once an image that was not posted with them is added."""
    bundle = Bundle.open(path)
    graphs, preparation = BundleGraphs(bundle, threads=1, engine="onnxruntime"), bundle.config.image
    model = anymood.load(path, threads=1, engine="onnxruntime")
    frame = frame.sample(min(len(frame), 6_000), random_state=0)
    said = list(model.predict_many(Post(text) for text in frame["text"]))
    labels = list(bundle.labels)
    sure = np.array([p.text is not None and max(p.text.values) >= SURE for p in said])
    label = np.array([p.label for p in said])
    tokens = bundle.text_preparation()

    def represented(which: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Representations (N, D) of the first of these texts."""
        chosen = frame["text"].to_numpy()[which][:TEXTS]
        return np.concatenate([graphs.encode_text(tokens.encode(text)[None])[0] for text in chosen])

    negative, neutral = represented((label == "negative") & sure), represented(label == "neutral")
    photographs = [str(file) for file in sorted(folder.glob("*.jpg")) if file.stem != "broken"]
    others = [e.post.image for e in pairs if e.split != "train" and e.image_label == labels.index("neutral")][:IMAGES]
    found = {}
    for name, images in (("examples", photographs), ("neutral images of MVSA", others)):
        r_v = np.concatenate([graphs.encode_image(preparation.prepare(image)[None])[0] for image in images])
        for kind, texts, is_counted in (
            ("negative to positive", negative, lambda label: label == labels.index("positive")),
            ("neutral to another", neutral, lambda label: label != labels.index("neutral")),
        ):
            share = np.mean(
                [is_counted(graphs.fuse(r_v, np.repeat(r_t[None], len(r_v), axis=0)).argmax(axis=1)) for r_t in texts]
            )
            found[f"{name}: {kind}"] = {"texts": len(texts), "images": len(r_v), "share": float(share)}
    return found


def measure_typed(model: anymood.Model, file: Path) -> dict[str, Any]:
    """Each post that was typed by hand, with the answer."""
    found = {}
    for kind, part in tomllib.loads(file.read_text(encoding="utf-8")).items():
        predictions = list(model.predict_many(Post(text) for text in part["posts"]))
        answers = [
            {"text": text, "label": p.label, "probability": round(max(p.text.values), 3) if p.text else None}
            for text, p in zip(part["posts"], predictions, strict=True)
        ]
        right = sum(answer["label"] == part["label"] for answer in answers)
        found[kind] = {"expected": part["label"], "n": len(answers), "right": right, "answers": answers}
    return found


def measure_typed_languages(model: anymood.Model, file: Path) -> dict[str, Any]:
    """Posts of each language that were typed by hand: how many are right, of each label, and those that are not."""
    found: dict[str, Any] = {}
    for language, by_label in tomllib.loads(file.read_text(encoding="utf-8")).items():
        posts = [(text, label) for label, texts in by_label.items() for text in texts]
        said = [prediction.label for prediction in model.predict_many(Post(text) for text, _ in posts)]
        wrong = [
            {"text": text, "expected": label, "label": answer}
            for (text, label), answer in zip(posts, said, strict=True)
            if answer != label
        ]
        found[language] = {
            "n": len(posts),
            "right": len(posts) - len(wrong),
            **{
                label: len(texts) - sum(each["expected"] == label for each in wrong)
                for label, texts in by_label.items()
            },
            "wrong": wrong,
        }
    return found


if __name__ == "__main__":
    main()
