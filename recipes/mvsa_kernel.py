"""Average the networks of a study of MVSA with kernel ridge regression on the same features.

    anymood reproduce mvsa mvsa_single --recipe mvsa --systems MT --parts paper folds -o STUDY
    python recipes/mvsa_kernel.py STUDY --data mvsa_single -o docs/results/mvsa_kernel.json

For each network, kernel ridge regression learns from the features of the frozen encoders, on the training part alone,
the labels that annotators gave to the text alone and to the image alone. From both follow the probabilities of the
pair's label, by the rule that made it. They are averaged with the probabilities of C_m.

Shape legend: N posts, M training posts, F features, C classes.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import rbf_kernel

from anymood.datasets.corpora.mvsa import pair_label
from anymood.datasets.corpus import SENTIMENT, Split
from anymood.evaluation.metrics import classifier_metrics
from anymood.experiments.features import StudyFeatures
from anymood.experiments.posts import read_posts
from anymood.experiments.run import StudyFolder
from anymood.experiments.study import Study, preset
from anymood.experiments.trials import TrialResult
from anymood.training.config import Recipe
from anymood.training.data_sources import DataSources

# Chosen by five-fold cross-validation within the training and validation posts of the protocol clmlf.
PENALTY = 0.3
IMAGE_WEIGHT = 0.5  # of the image's kernel, relative to the text's
LEAST = 0.01  # minimum of a predicted share, which a regression can make negative

Floats = NDArray[np.float64]


def main() -> None:
    """Average, print, and write a JSON file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("study", type=Path, help="folder of the finished study")
    parser.add_argument("--data", required=True, help="folder of MVSA-Single")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a JSON file")
    arguments = parser.parse_args()
    folder = StudyFolder(arguments.study)
    recipe = Recipe.from_dict(json.loads(folder.identity.read_text(encoding="utf-8"))["recipe"])
    study = preset("mvsa", DataSources(table=arguments.data), recipe, parts=("paper", "folds"), systems=("MT",))
    trials = [result for one in study.trials(unpaired=False, pairs=0) if (result := folder.load(one))]
    if not trials:
        raise SystemExit(f"{arguments.study} has no finished trial of the system MT.")
    scores = {fold: score(study, trials, fold, folder.graphs) for fold in dict.fromkeys(t.trial.fold for t in trials)}
    results = {
        "five seeds": scores.pop(None, {}),
        "ten folds": {
            name: [s for one in scores.values() for s in one[name]] for name in next(iter(scores.values()), {})
        },
    }
    print("| | classifier | runs | accuracy | weighted F1 |\n|---|---|---|---|---|")
    for part, systems in results.items():
        for name, runs in systems.items():
            columns = (100 * np.array(runs)).T
            cells = [f"{fmean(s):.1f}" + (f" ± {stdev(s):.1f}" if len(runs) > 1 else "") for s in columns]
            print(f"| {part} | {name} | {len(runs)} | {cells[0]} | {cells[1]} |")
    arguments.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def score(study: Study, trials: Sequence[TrialResult], fold: int | None, graphs: Path) -> dict[str, Any]:
    """Accuracy and weighted F1 of each trial of a fold, by system."""
    features = StudyFeatures(study, read_posts(study, fold), graphs)
    kernel_posts = [features.examples[row].post.id for row in features.parts["test"].tolist()]
    kernel = pair_probabilities(features, "test")
    scores: dict[str, Any] = {"C_m": [], "kernel ridge regression": [], "mean of both": []}
    for result in trials:
        if result.trial.fold == fold:
            if result.posts != kernel_posts:
                raise SystemExit(f"The trial {result.trial.name} has other test posts.")
            network = result.rows["C_m"]
            for name, values in zip(scores, (network, kernel, (network + kernel) / 2), strict=True):
                metrics = classifier_metrics(values, result.truth)
                scores[name].append((metrics.accuracy, metrics.weighted_f1))
    return scores


def pair_probabilities(features: StudyFeatures, part: Split) -> Floats:
    """Probabilities (N, C) of the labels of the pairs of a part, learnt from the training part."""
    train, rows = features.parts["train"].tolist(), features.parts[part].tolist()
    texts = np.split(features.text.numpy(), features.study.recipe.pooled_text_layers, axis=1)
    kernel = sum(similarity(block, train) for block in texts) / len(texts)
    kernel = kernel + IMAGE_WEIGHT * similarity(features.image.numpy(), train)
    learnt = [features.examples[row] for row in train]
    shares = []
    for labels in ([e.text_label for e in learnt], [e.image_label for e in learnt]):
        targets = np.eye(len(SENTIMENT))[np.array(labels, int)]
        model = KernelRidge(alpha=PENALTY, kernel="precomputed").fit(kernel[train], targets - targets.mean(axis=0))
        predicted = np.maximum(model.predict(kernel[rows]) + targets.mean(axis=0), LEAST)
        shares.append(predicted / predicted.sum(axis=1, keepdims=True))
    return by_rule(*shares)


def similarity(features: NDArray[np.float32], train: Sequence[int]) -> Floats:
    """Kernel (N, M) of features (N, F): centred by the training posts, scaled to unit length, Gaussian of width 1."""
    centred = features - features[train].mean(axis=0)
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)
    kernel: Floats = rbf_kernel(unit, unit[train], gamma=1.0)
    return kernel


def by_rule(text: Floats, image: Floats) -> Floats:
    """Probabilities (N, C) of the pair's label from those of text and image alone, (N, C), if these are independent."""
    probabilities = np.zeros_like(text)
    for t, text_label in enumerate(SENTIMENT):
        for v, image_label in enumerate(SENTIMENT):
            if label := pair_label(text_label, image_label):
                probabilities[:, SENTIMENT.index(label)] += text[:, t] * image[:, v]
    return probabilities / probabilities.sum(axis=1, keepdims=True)  # pairs whose labels contradict were left out


if __name__ == "__main__":
    main()
