"""What a missing modality costs: the multitask model against a single-task multimodal one (Table 2).

SM is the same network trained on the fused classifier's loss alone. Asked with a modality missing, it is fed a zero
representation for it (SM_I: no text, SM_T: no image), as it has nothing else to go by. The multitask model answers
with its classifiers C_v and C_t.

    python -m anymood.experiments.missing_modality mvsa_single --protocol clmlf -o missing_modality.json
    python -m anymood.experiments.missing_modality mvsa_single --protocol ten_folds --folds 10 --seeds 0 -o folds.json
"""

import argparse
import json
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from anymood.datasets.corpus import Example, presence
from anymood.datasets.opening import open_corpus
from anymood.evaluation.calibration import softmax
from anymood.evaluation.metrics import classifier_metrics
from anymood.network.loss import LossWeights
from anymood.runtime.bundle import Bundle
from anymood.runtime.engine import Engine
from anymood.training.config import Recipe
from anymood.training.fit import train, versions
from anymood.training.sources import Sources

SINGLE_TASK = LossWeights(image=0.0, text=0.0, fused=1.0)
RECIPE = Recipe(frozen=True, text_encoder="transformer", epochs=6, learning_rate=5e-4, classifier_dropout=0.3)
BATCH = 8
SHOWN = {"accuracy": "accuracy", "weighted F1": "weighted_f1", "macro F1": "macro_f1"}


def missing_modality(runs: Sequence[tuple[Sources, int]], recipe: Recipe) -> dict[str, Any]:
    """Accuracy and F1 of C_v, C_t, C_m and of SM, SM_I, SM_T on the pairs of the test part, run by run.

    Args:
        runs: labelled pairs with a test part, and a seed; one pair of models each.
        recipe: of both models; they differ in the weights of the losses alone.
    """
    rows: dict[str, list[dict[str, float]]] = {}
    posts = []
    for sources, seed in runs:
        corpus = open_corpus(sources.table, columns=sources.columns, protocol=sources.protocol, fold=sources.fold)
        test = [example for example in corpus.select("test").examples if presence(example.post) == "both"]
        posts.append(len(test))
        with tempfile.TemporaryDirectory() as name:
            for system, alpha in (("multitask", recipe.alpha), ("single", SINGLE_TASK)):
                run = Path(name) / system
                bundle = train(sources, replace(recipe, seed=seed, alpha=alpha), run, console=Console(quiet=True))
                for row, logits in _answers(bundle, test, single=system == "single").items():
                    metrics = classifier_metrics(softmax(logits), [example.label for example in test])
                    scores = {key: getattr(metrics, key) for key in SHOWN.values()}
                    rows.setdefault(row, []).append(scores)
    return {
        "runs": [
            {"protocol": s.protocol, "fold": s.fold, "seed": seed, "posts": count}
            for (s, seed), count in zip(runs, posts, strict=True)
        ],
        "recipe": asdict(recipe),
        "versions": versions(),
        "rows": {row: {"runs": runs, **_spread(runs)} for row, runs in rows.items()},
    }


def _answers(bundle: Bundle, test: Sequence[Example], *, single: bool) -> dict[str, NDArray[np.float64]]:
    """Logits (N, C) of each row of the table, over the test pairs."""
    engine, texts, image = Engine(bundle), bundle.text_preparation(), bundle.config.image
    found: dict[str, list[NDArray[Any]]] = {}
    for start in range(0, len(test), BATCH):
        posts = [example.post for example in test[start : start + BATCH]]
        r_v, by_image = engine.encode_image(np.stack([image.prepare(post.image) for post in posts]))  # type: ignore[arg-type]
        r_t, by_text = engine.encode_text(texts.pad(texts.encode_batch([post.text or "" for post in posts])))
        both = engine.fuse(r_v, r_t)
        if single:
            rows = {"SM": both, "SM_I": engine.fuse(r_v, 0 * r_t), "SM_T": engine.fuse(0 * r_v, r_t)}
        else:
            rows = {"C_v": by_image, "C_t": by_text, "C_m": both}
        for name, logits in rows.items():
            found.setdefault(name, []).append(logits)
    return {name: np.concatenate(parts).astype(np.float64) for name, parts in found.items()}


def _spread(runs: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Mean and sample deviation of each score over the runs."""
    columns = {key: [run[key] for run in runs] for key in runs[0]}
    deviation = {key: statistics.stdev(values) if len(values) > 1 else 0.0 for key, values in columns.items()}
    return {"mean": {key: statistics.mean(values) for key, values in columns.items()}, "deviation": deviation}


def main() -> None:
    """Run the experiment from a command line."""
    parser = argparse.ArgumentParser(prog="python -m anymood.experiments.missing_modality", description=__doc__)
    parser.add_argument("table")
    parser.add_argument("--protocol")
    parser.add_argument("--folds", type=int, help="run each of this many folds of the protocol")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    folds = [None] if given.folds is None else range(1, given.folds + 1)
    sources = [Sources(table=given.table, protocol=given.protocol, fold=fold) for fold in folds]
    results = missing_modality([(one, seed) for one in sources for seed in given.seeds], RECIPE)
    given.output.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    for row, values in results["rows"].items():
        mean, deviation = values["mean"], values["deviation"]
        scores = (f"{name} {100 * mean[key]:.1f} ± {100 * deviation[key]:.1f}" for name, key in SHOWN.items())
        print(f"{row:5}", *scores, sep="  ")  # noqa: T201


if __name__ == "__main__":
    main()
