"""Evaluate a bundled model: by language and source, on our own sentences, with unrelated images, on pairs.

Writes a JSON file, from which ``cards.py`` writes the model card and the page of results. ``--test``, for a final
model, includes the test parts.

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
from sources import LABELS, PROTOCOLS

import anymood
from anymood.datasets.corpus import Corpus, Example
from anymood.datasets.reader import open_corpus
from anymood.evaluation.metrics import ClassifierMetrics, evaluate_predictions
from anymood.labels import LabelSet
from anymood.posts import Post, Prediction
from anymood.runtime.finding import find_bundle
from anymood.runtime.graphs import BundleGraphs

SURE = 0.8  # least probability of a clearly negative text
TEXTS, IMAGES = 500, 200  # maximum numbers that are combined
TYPED = {"sentiment": "typed_posts.toml", "emotion": "typed_emotions.toml"}  # beside this file


def main() -> None:
    """Evaluate one model."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("task", choices=LABELS)
    parser.add_argument("texts", type=Path, help="the table of sources.py")
    parser.add_argument("--model", help="the bundled model of the task by default")
    parser.add_argument("--pairs", type=Path, required=True, help="folder of MVSA-Single or of MSED")
    parser.add_argument("--images", type=Path, default=Path("examples/images"), help="unrelated photographs")
    parser.add_argument("--limit", type=int, default=2_000, help="validation texts of a source and language")
    parser.add_argument("--test", action="store_true", help="look at the test parts")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a JSON file")
    arguments = parser.parse_args()
    labels = LABELS[arguments.task]
    model = anymood.load(find_bundle(arguments.model or arguments.task), threads=1, engine="onnxruntime")
    frame = pd.read_parquet(arguments.texts)
    frame = frame[frame["task"] == arguments.task]
    pairs = open_corpus(arguments.pairs, labels, protocol=PROTOCOLS[arguments.task])
    is_fused = "fused" in model.bundle.config.trained
    parts = ("validation", "test") if arguments.test else ("validation",)
    results: dict[str, Any] = {"model": model.name, "labels": list(labels), "prior": dict(model.bundle.config.prior)}
    for part in parts:
        texts = of_part(frame, part, arguments.limit if part == "validation" else None)
        results[part] = {"texts": measure_texts(model, texts, labels)}
        if is_fused:
            examples = [e for e in pairs.examples if e.split == part]
            results[part]["pairs"] = measure_pairs(model, examples, label_shares(pairs))
    if arguments.task == "sentiment":
        contrast = frame[frame["split"] == "contrast"]
        results["contrast"] = shares_right(model, contrast, ["category"])
        if is_fused:
            texts = of_part(frame, "validation", None)
            results["unrelated_images"] = measure_unrelated(model, texts, pairs.examples, arguments.images)
    sentences = frame[(frame["split"] == "contrast_validation") & (frame["category"] == "sentences")]
    results["sentences"] = shares_right(model, sentences, ["language", "label"])
    results["typed"] = measure_typed(model, Path(__file__).parent / TYPED[arguments.task])
    if arguments.task == "sentiment":
        results["typed_languages"] = measure_typed_languages(model, Path(__file__).with_name("typed_languages.toml"))
    arguments.output.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps({name: results[name] for name in ("contrast", "unrelated_images") if name in results}, indent=1))


def of_part(frame: pd.DataFrame, part: str, limit: int | None) -> pd.DataFrame:
    """Texts of a part, at most ``limit`` of each source and language, drawn with seed 0."""
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
    """The metrics of a classifier that the page shows."""
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


def label_shares(pairs: Corpus) -> dict[str, float]:
    """Proportions of the labels among the training pairs."""
    counts = pairs.select("train").label_counts()
    return {name: count / sum(counts.values()) for name, count in counts.items()}


def measure_pairs(model: anymood.Model, examples: Sequence[Example], prior: Mapping[str, float]) -> dict[str, Any]:
    """Metrics of the three classifiers on pairs, with the prior of the model and with another one."""
    results: dict[str, Any] = {}
    adjusted = anymood.Model(model.bundle, threads=1, engine="onnxruntime", prior=prior)
    for name, each in (("plain", model), ("prior", adjusted)):
        predictions = list(each.predict_many(example.post for example in examples))
        evaluation = evaluate_predictions(predictions, [e.label for e in examples], model.labels)
        results[name] = {
            classifier: summary(parts["all"], model.labels) for classifier, parts in evaluation.metrics.items()
        }
        labelled = [(e, p) for e, p in zip(examples, predictions, strict=True) if e.image_label is not None and p.image]
        if labelled:
            truth = [e.image_label for e, _ in labelled]
            evaluation = evaluate_predictions([p for _, p in labelled], truth, model.labels)
            results[name]["image_by_its_own_label"] = summary(evaluation.metrics["image"]["all"], model.labels)
    return results


def shares_right(model: anymood.Model, frame: pd.DataFrame, columns: Sequence[str]) -> dict[str, Any]:
    """Accuracy on the texts with each value of each of the columns."""
    predicted = [prediction.label for prediction in model.predict_many(Post(text) for text in frame["text"])]
    right = pd.Series(np.array(predicted) == frame["label"].to_numpy())
    return {
        value: {"n": len(part), "accuracy": float(part.mean())}
        for column in columns
        for value, part in right.groupby(frame[column].to_numpy())
    }


def measure_unrelated(
    model: anymood.Model, frame: pd.DataFrame, pairs: Sequence[Example], folder: Path
) -> dict[str, Any]:
    """How often an unrelated image changes the label of clearly negative and of neutral texts."""
    bundle = model.bundle
    graphs, preparation = BundleGraphs(bundle, threads=1, engine="onnxruntime"), bundle.config.image
    frame = frame.sample(min(len(frame), 6_000), random_state=0)
    predictions = list(model.predict_many(Post(text) for text in frame["text"]))
    labels = list(bundle.labels)
    sure = np.array([p.text is not None and max(p.text.values) >= SURE for p in predictions])
    label = np.array([p.label for p in predictions])
    tokens = bundle.text_preparation()

    def represented(which: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Representations (N, D) of the first of the texts in a mask."""
        chosen = frame["text"].to_numpy()[which][:TEXTS]
        return np.concatenate([graphs.encode_text(tokens.encode(text)[None])[0] for text in chosen])

    negative, neutral = represented((label == "negative") & sure), represented(label == "neutral")
    photographs = [str(file) for file in sorted(folder.glob("*.jpg")) if file.stem != "broken"]
    others = [e.post.image for e in pairs if e.split != "train" and e.image_label == labels.index("neutral")][:IMAGES]
    results = {}
    for name, images in (("examples", photographs), ("neutral images of MVSA", others)):
        r_v = np.concatenate([graphs.encode_image(preparation.prepare(image)[None])[0] for image in images])
        for kind, texts, is_counted in (
            ("negative to positive", negative, lambda label: label == labels.index("positive")),
            ("neutral to another", neutral, lambda label: label != labels.index("neutral")),
        ):
            share = np.mean(
                [is_counted(graphs.fuse(r_v, np.repeat(r_t[None], len(r_v), axis=0)).argmax(axis=1)) for r_t in texts]
            )
            results[f"{name}: {kind}"] = {"texts": len(texts), "images": len(r_v), "share": float(share)}
    return results


def measure_typed(model: anymood.Model, file: Path) -> dict[str, Any]:
    """The predictions of the typed posts of a file."""
    results = {}
    for kind, part in tomllib.loads(file.read_text(encoding="utf-8")).items():
        predictions = list(model.predict_many(Post(text) for text in part["posts"]))
        answers = [
            {"text": text, "label": p.label, "probability": round(max(p.text.values), 3) if p.text else None}
            for text, p in zip(part["posts"], predictions, strict=True)
        ]
        right = sum(answer["label"] == part["label"] for answer in answers)
        results[kind] = {"expected": part["label"], "n": len(answers), "right": right, "answers": answers}
    return results


def measure_typed_languages(model: anymood.Model, file: Path) -> dict[str, Any]:
    """Numbers of correct predictions of typed posts, by language and label, and the wrong ones."""
    results: dict[str, Any] = {}
    for language, by_label in tomllib.loads(file.read_text(encoding="utf-8")).items():
        posts = [(text, label) for label, texts in by_label.items() for text in texts]
        predicted = [prediction.label for prediction in model.predict_many(Post(text) for text, _ in posts)]
        wrong = [
            {"text": text, "expected": label, "label": prediction}
            for (text, label), prediction in zip(posts, predicted, strict=True)
            if prediction != label
        ]
        results[language] = {
            "n": len(posts),
            "right": len(posts) - len(wrong),
            **{
                label: len(texts) - sum(each["expected"] == label for each in wrong)
                for label, texts in by_label.items()
            },
            "wrong": wrong,
        }
    return results


if __name__ == "__main__":
    main()
