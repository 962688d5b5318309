"""Errors of counted and corrected shares of labels, by the source of the posts.

    python benchmarks/shares_by_source.py TABLE [TABLE ...] -o docs/results/shares_by_source.md

The correction is that of ``quantification.json`` in the bundle, or is fitted on the labelled posts of all other
sources. ``true shares`` takes the posts of a source as they are; ``drawn shares`` draws 40 samples of 200 posts, each
with shares uniform over all possible ones. The tables have the columns text, label, source and, if given, language and
split, of which the validation posts are used.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

import anymood
from anymood.evaluation.quantification import Quantifier, quantifiers_from_json
from anymood.export.quantifiers import learn_quantifiers
from anymood.runtime.bundle import QUANTIFICATION
from anymood.tables.rows import read_rows

MODELS = ("sentiment", "sentiment-small")
POSTS, DRAWS, SIZE, SEED = 600, 40, 200, 0
FEWEST = 20  # posts of each label in a source that samples are drawn from


def main() -> None:
    """Measure, and write a page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tables", nargs="+", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    sources = read_sources(arguments.tables)
    lines = []
    for name in MODELS:
        model = anymood.load(name, threads=1)
        bundled = quantifiers_from_json(model.bundle.path(QUANTIFICATION).read_bytes(), model.labels)[0]["text"]
        scored = {
            source: (model.predict_proba(texts, "text"), np.array([model.labels.index(each) for each in labels]))
            for source, (texts, labels) in sources.items()
        }
        for kind in ("true shares", "drawn shares"):
            table = np.array([errors(scored, source, bundled, drawn=kind[0] == "d") for source in scored])
            worse = int((table[:, 1] > table[:, 0]).sum())
            cells = [f"{mean:.1f} ({most:.1f})" for mean, most in zip(table.mean(0), table.max(0), strict=True)]
            lines.append(f"| `{name}`, {kind} | {' | '.join(cells)} | {worse} of {len(table)} |")
            print(lines[-1], flush=True)
    arguments.output.write_text(PAGE.format(sources=len(sources), table="\n".join(lines)), encoding="utf-8")


def read_sources(tables: list[Path]) -> dict[str, tuple[list[str], list[str]]]:
    """Texts and labels by source and language, at most ``POSTS`` of each, from those with enough of each label."""
    by_source: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in (row for table in tables for row in read_rows(table)):
        values = row.values
        if row.post.text and row.label and values.get("split", "validation") == "validation":
            source = f"{values['source']} {values.get('language') or ''}".strip()
            by_source[source].append((row.post.text, row.label))
    generator = np.random.default_rng(SEED)
    chosen = {}
    for source, posts in by_source.items():
        index = generator.permutation(len(posts))[:POSTS]
        texts, labels = zip(*(posts[i] for i in index), strict=True)
        if len(set(labels)) == 3 and min(map(labels.count, set(labels))) >= FEWEST:
            chosen[source] = (list(texts), list(labels))
    return chosen


def errors(
    scored: dict[str, tuple[np.ndarray, np.ndarray]], source: str, bundled: Quantifier, *, drawn: bool
) -> list[float]:
    """Mean absolute errors in points: counted, corrected by the bundle, corrected by the other sources."""
    others = [scored[name] for name in scored if name != source]
    learnt = learn_quantifiers({"text": np.concatenate([p for p, _ in others])}, np.concatenate([t for _, t in others]))
    probabilities, truth = scored[source]
    generator = np.random.default_rng(SEED)
    samples = [np.arange(len(truth))]
    if drawn:
        places = [np.flatnonzero(truth == label) for label in range(3)]
        counts = [generator.multinomial(SIZE, generator.dirichlet(np.ones(3))) for _ in range(DRAWS)]
        samples = [
            np.concatenate([generator.choice(p, n) for p, n in zip(places, each, strict=True)]) for each in counts
        ]
    results = []
    for index in samples:
        true = np.bincount(truth[index], minlength=3) / len(index)
        mine = probabilities[index]
        estimates = [np.bincount(mine.argmax(1), minlength=3) / len(index)]
        for quantifier in (bundled, learnt["text"]):
            cells = np.bincount(quantifier.cell_of(mine), minlength=quantifier.cells)
            estimates.append(quantifier.shares(cells[None].astype(np.float64))[0])
        results.append([100 * float(np.abs(each - true).mean()) for each in estimates])
    return np.mean(results, axis=0).tolist()


PAGE = """# Shares by source

A correction that was estimated on some sources often makes the shares of another source worse, because the posts of a
label look different to the model there. So reports with a bundled model
[are not corrected](../decisions/0013-corrected-shares.md), unless they are given labelled posts of the same source.

`python benchmarks/shares_by_source.py TABLES -o docs/results/shares_by_source.md` writes this page.

- Data: validation texts of {sources} sources (one language of one corpus each), at most 600 of each. The models were
  trained on other texts of the same sources.
- *True shares* are those of the source. *Drawn shares* are uniform over all possible shares: 40 samples of 200 texts of
  each source.

Mean absolute error of the shares over the three labels, in points: mean over the sources, and the worst source in
brackets. The last column counts the sources for which the correction of the bundle is worse than counting.

| | counted | corrected by the bundle | corrected by the other sources | worse than counted |
|---|---:|---:|---:|---:|
{table}
"""


if __name__ == "__main__":
    main()
