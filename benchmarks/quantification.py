"""Errors of estimated shares of labels, by method, coverage of the intervals, and false positives of the tests.

    python benchmarks/quantification.py MODEL TABLE [-o docs/results/quantification]
    python benchmarks/quantification.py MODEL TABLE --add-to-bundle "4,000 tweets of SemEval"

The artificial prevalence protocol: labelled posts are divided at random. On one half, at most ``--learn`` posts, a
method estimates the errors of the classifier. From the other half, samples are drawn with shares that are uniform over
all possible shares. New halves are drawn for every 20 samples, and no post is in a sample twice, so that the results
contain both sources of error (few labelled posts, few posts in a sample). The other methods are QuaPy's.

TABLE is any labelled data set that the model was not trained on; ``--rows`` posts of it are drawn.
Writes OUT.json and OUT.md.
"""

import argparse
import contextlib
import io
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import quapy.method.aggregative as quapy
from sklearn.base import BaseEstimator, ClassifierMixin

import anymood
from anymood.datasets.reader import open_corpus
from anymood.evaluation.quantification import Quantifier
from anymood.evaluation.shares import ShareEstimator, differences
from anymood.export.quantifiers import add_to_bundle, quantifiers_of
from anymood.runtime.bundle import QUANTIFICATION

SAMPLES_PER_SPLIT = 20


class Posteriors(ClassifierMixin, BaseEstimator):
    """A classifier for QuaPy, whose inputs are probabilities in place of posts."""

    def __init__(self, classes: int = 3) -> None:
        self.classes = classes
        self.classes_ = np.arange(classes)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, rows: Any, truth: Any) -> "Posteriors":
        return self

    def predict(self, rows: Any) -> Any:
        return rows.argmax(1)

    def predict_proba(self, rows: Any) -> Any:
        return rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Estimated shares of labels compared with true ones.")
    parser.add_argument("model")
    parser.add_argument("table", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/results/quantification"))
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--learn", type=int, default=2000, help="posts on which the errors are estimated")
    parser.add_argument("--size", type=int, default=200, help="posts in a sample")
    parser.add_argument("--shifts", type=int, default=1000)
    parser.add_argument("--families", type=int, default=300, help="sets of groups without a difference")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--add-to-bundle",
        metavar="SOURCE",
        help="write quantification.json into the model's bundle; "
        "SOURCE says in words what the posts are. Nothing is measured.",
    )
    arguments = parser.parse_args()
    model = anymood.load(arguments.model, threads=arguments.threads)
    corpus = open_corpus(arguments.table, model.labels)
    chosen = np.random.default_rng(arguments.seed).permutation(len(corpus))[: arguments.rows]
    examples = [corpus.examples[index] for index in chosen]
    if arguments.add_to_bundle is not None:
        bundle = add_to_bundle(model.bundle, quantifiers_of(model, examples), arguments.add_to_bundle)
        print(f"{QUANTIFICATION} is in {bundle.folder}")
        return
    predictions = list(model.predict_many(example.post for example in examples))
    kept = [(p.deciding.values, e.label) for p, e in zip(predictions, examples, strict=True) if p.deciding]
    rows, truth = np.array([values for values, _ in kept]), np.array([label for _, label in kept])
    print(f"{len(rows):,} posts, {np.mean(rows.argmax(1) == truth):.1%} right")
    pool = Pool(rows, truth, min(arguments.learn, len(rows) // 2), arguments.size, arguments.seed)
    results = {
        "model": {"name": model.name, "digest": model.bundle.config.digest()[:16]},
        "data": corpus.name,
        "posts": len(rows),
        "accuracy": float(np.mean(rows.argmax(1) == truth)),
        "labels": dict(zip(model.labels, np.bincount(truth, minlength=len(model.labels)).tolist(), strict=True)),
        "learn": pool.learn,
        "size": pool.size,
        "shifts": arguments.shifts,
        "methods": compare(pool, arguments.shifts),
        "tests": false_alarms(pool, arguments.families),
    }
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.with_suffix(".json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    page = as_page(results)
    arguments.output.with_suffix(".md").write_text(page, encoding="utf-8")
    print(page)


class Pool:
    """Labelled posts with probabilities, from which halves and samples are drawn."""

    def __init__(self, rows: Any, truth: Any, learn: int, size: int, seed: int) -> None:
        self.rows, self.truth, self.learn, self.size = rows, truth, learn, size
        self.classes = rows.shape[1]
        self.generator = np.random.default_rng(seed + 1)
        self.by_class: list[Any] = []

    def split(self) -> tuple[Any, Any]:
        """Probabilities and labels of one half; later samples are drawn from the other."""
        order = self.generator.permutation(len(self.rows))
        rest = order[self.learn :]
        self.by_class = [rest[self.truth[rest] == c] for c in range(self.classes)]
        return self.rows[order[: self.learn]], self.truth[order[: self.learn]]

    def sample(self, concentration: float = 1.0, parts: int = 1) -> tuple[Any, Any, Any]:
        """Shares of the population, and ``parts`` samples of it: probabilities and labels, one after the other."""
        while True:
            shares = self.generator.dirichlet(np.full(self.classes, concentration))
            counts = self.generator.multinomial(self.size, shares, size=parts)
            if all(counts.sum(0) <= [len(posts) for posts in self.by_class]):
                break
        shuffled = [self.generator.permutation(posts) for posts in self.by_class]
        starts = np.vstack([np.zeros_like(counts[:1]), counts.cumsum(0)])
        index = [
            shuffled[c][starts[part, c] : starts[part + 1, c]] for part in range(parts) for c in range(self.classes)
        ]
        drawn = np.concatenate(index)
        return shares, self.rows[drawn], self.truth[drawn]


def methods(classes: int) -> dict[str, Callable[[Any, Any], Callable[[Any], Any]]]:
    """Each method: from labelled posts to a function from probabilities to shares."""

    def of_quapy(name: str, **options: Any) -> Callable[[Any, Any], Callable[[Any], Any]]:
        def fit(rows: Any, truth: Any) -> Callable[[Any], Any]:
            made = getattr(quapy, name)(Posteriors(classes), fit_classifier=False, val_split=(rows, truth), **options)
            made.fit(rows, truth)
            return made.predict

        return fit

    def counting(rows: Any, truth: Any) -> Callable[[Any], Any]:
        return lambda given: np.bincount(given.argmax(1), minlength=classes) / len(given)

    def probabilistic(rows: Any, truth: Any) -> Callable[[Any], Any]:
        return lambda given: given.mean(0)

    def ours(rows: Any, truth: Any) -> Callable[[Any], Any]:
        quantifier = Quantifier.fit(rows, truth)
        return lambda given: quantifier.shares(np.bincount(quantifier.cell_of(given), minlength=quantifier.cells))

    return {
        "counting labels (CC)": counting,
        "mean of probabilities (PCC)": probabilistic,
        "ACC": of_quapy("ACC"),
        "PACC": of_quapy("PACC"),
        "EMQ, probabilities as they are": of_quapy("EMQ"),
        "EMQ, temperature scaling": of_quapy("EMQ", calib="ts", exact_train_prev=False),
        "EMQ, bias-corrected temperature scaling": of_quapy("EMQ", calib="bcts", exact_train_prev=False),
        "EMQ, vector scaling": of_quapy("EMQ", calib="vs", exact_train_prev=False),
        "KDEy-ML, bandwidth 0.05": of_quapy("KDEyML", bandwidth=0.05),
        "KDEy-ML, bandwidth 0.1": of_quapy("KDEyML", bandwidth=0.1),
        "anymood: EMQ with BCTS, over cells": ours,
    }


def compare(pool: Pool, shifts: int) -> dict[str, Any]:
    """Errors of each method, and the coverage of our intervals."""
    errors: dict[str, list[float]] = {}
    seconds: dict[str, float] = {}
    covered, widths = [], []
    for start in range(0, shifts, SAMPLES_PER_SPLIT):
        rows, truth = pool.split()
        fitted = {}
        with quiet():
            for name, fit in methods(pool.classes).items():
                fitted[name] = fit(rows, truth)
        quantifier = Quantifier.fit(rows, truth)
        for number in range(start, min(start + SAMPLES_PER_SPLIT, shifts)):
            shares, given, labels = pool.sample()
            realised = np.bincount(labels, minlength=pool.classes) / len(labels)
            for name, predict in fitted.items():
                began = time.perf_counter()
                with quiet():
                    estimate = predict(given)
                seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - began
                errors.setdefault(name, []).append(float(np.abs(estimate - realised).mean()))
            low, high = estimator(quantifier, given, 1, number).shares([[1]]).intervals()
            covered.append((low[0] <= shares) & (shares <= high[0]))
            widths.append(float((high - low).mean()))
    return {
        "errors": {
            name: {
                "mean_absolute_error": float(np.mean(values)),
                "standard_error": float(np.std(values) / len(values) ** 0.5),
                "milliseconds": 1000 * seconds[name] / shifts,
            }
            for name, values in errors.items()
        },
        "coverage": float(np.mean(covered)),
        "coverage_by_label": np.mean(covered, axis=0).tolist(),
        "interval_width": float(np.mean(widths)),
    }


def estimator(quantifier: Quantifier, given: Any, groups: int, seed: int) -> ShareEstimator:
    names = np.full(len(given), "text")
    group = np.repeat(np.arange(groups), len(given) // groups)
    return ShareEstimator({"text": quantifier}, quantifier.cell_of(given), names, group, seed=seed)


def false_alarms(pool: Pool, families: int, groups: int = 4) -> dict[str, Any]:
    """How often groups of the same population differ significantly, each compared with all others."""
    alone, together, tests = 0, 0, 0
    for number in range(families):
        rows, truth = pool.split()
        quantifier = Quantifier.fit(rows, truth)
        _, given, _ = pool.sample(concentration=5.0, parts=groups)
        unions = np.vstack([np.eye(groups), 1 - np.eye(groups)])
        shares = estimator(quantifier, given, groups, number).shares(unions)
        tested = differences(shares, [(g, groups + g) for g in range(groups)])
        alone += sum(each.p_value < 0.05 for each in tested)
        together += any(each.adjusted < 0.05 for each in tested)
        tests += len(tested)
    return {
        "families": families,
        "groups": groups,
        "below_0.05_unadjusted": alone / tests,
        "families_with_one_below_0.05_by_Holm": together / families,
    }


@contextlib.contextmanager
def quiet() -> Any:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def as_page(results: dict[str, Any]) -> str:
    methods, tests = results["methods"], results["tests"]
    counting = methods["errors"]["counting labels (CC)"]["mean_absolute_error"]
    ours = methods["errors"]["anymood: EMQ with BCTS, over cells"]["mean_absolute_error"]
    counts = ", ".join(f"{count:,} {name}" for name, count in results["labels"].items())
    lines = [
        "# Corrected shares",
        "",
        f"Shares corrected by anymood have {ours / counting:.0%} of the error of counted labels, if the labelled posts "
        "come from the same source. `benchmarks/quantification.py` writes this page.",
        "",
        f"- Model: `{results['model']['name']}` ({results['model']['digest']}), accuracy {results['accuracy']:.1%}.",
        f"- Data: {results['posts']:,} posts of {results['data']} ({counts}).",
        f"- Test samples: {results['shifts']:,} samples of {results['size']} posts, each with shares drawn uniformly. "
        f"The error rates of the classifier are estimated on {results['learn']:,} other posts.",
        "",
        "| method | mean absolute error, points | relative to CC | ms per sample |",
        "|---|---:|---:|---:|",
    ]
    for name, each in methods["errors"].items():
        error = each["mean_absolute_error"]
        lines.append(
            f"| {name} | {100 * error:.2f} ± {100 * each['standard_error']:.2f} | {error / counting:.2f} | "
            f"{each['milliseconds']:.1f} |"
        )
    by_label = ", ".join(
        f"{name} {value:.1%}" for name, value in zip(results["labels"], methods["coverage_by_label"], strict=True)
    )
    lines += [
        "",
        "All methods except the first two and the last are QuaPy's. The error is the mean of |estimated - true share| "
        "over samples and labels, with its standard error.",
        "",
        f"**Intervals.** Nominal 95 % intervals contain the true share in {methods['coverage']:.1%} of the cases "
        f"({by_label}). Their mean width is {100 * methods['interval_width']:.0f} points.",
        "",
        f"**False positives.** {tests['groups']} groups of one population, each tested against the others, "
        f"{tests['families']} times: {tests['below_0.05_unadjusted']:.1%} of the unadjusted p-values are below 0.05. "
        f"After Holm's adjustment, a group is significant in {tests['families_with_one_below_0.05_by_Holm']:.1%} of "
        "the repetitions.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
