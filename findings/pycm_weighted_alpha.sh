#!/usr/bin/env bash
# pycm 4.6: weighted_alpha() is -2.18 for two annotators whose Krippendorff's alpha is 0.03.
#
# Weights are distances between classes: negative and positive are further apart than neutral and positive. With squared distances,
# the result is Krippendorff's alpha for interval data.
# Expected: The alpha of the package krippendorff, as weighted_kappa() equals that of scikit-learn.
# Observed: The two agree only if all distances are equal, or for two classes. Otherwise the disagreement expected by chance uses the
# squared mean of two shares instead of their product, which is too large if class frequencies differ.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pycm==4.6 krippendorff==0.9.0 numpy==2.4.6

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import krippendorff
import numpy as np
from pycm import ConfusionMatrix

def alphas(table, level, distance):
    """By pycm and by krippendorff, of a table with a row for each class of one annotator."""
    names = ["negative", "neutral", "positive"]
    dictionary = {name: dict(zip(names, row)) for name, row in zip(names, table)}
    weight = {a: {b: distance(i - j) for j, b in enumerate(names)} for i, a in enumerate(names)}
    counts = np.ravel(table)
    annotators = np.array([np.repeat(np.repeat(range(3), 3), counts), np.repeat(np.tile(range(3), 3), counts)])
    return [
        ConfusionMatrix(matrix=dictionary).weighted_alpha(weight=weight),
        krippendorff.alpha(reliability_data=annotators, level_of_measurement=level),
    ]

print("pycm", version("pycm"), "and krippendorff", version("krippendorff"))
for table, seen_alpha, right_alpha in (
    ([[20, 5, 1], [3, 15, 6], [1, 4, 30]], 0.778, 0.783),
    ([[5, 1, 0], [10, 3, 1], [40, 20, 5]], -0.977, -0.452),
    ([[50, 0, 0], [30, 5, 0], [10, 5, 0]], -2.184, 0.029),
):
    equal, squared = alphas(table, "nominal", bool), alphas(table, "interval", lambda steps: steps**2)
    print(table, "equal distances: %.3f and %.3f, squared distances: %.3f and %.3f" % (*equal, *squared))
    assert abs(equal[0] - equal[1]) < 1e-9
    assert abs(squared[0] - seen_alpha) < 1e-3 and abs(squared[1] - right_alpha) < 1e-3
PYTHON
