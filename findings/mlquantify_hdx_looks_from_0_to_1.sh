#!/usr/bin/env bash
# mlquantify 0.5.1: HDx estimates 76 % of negative posts instead of 50 % if the features are not between 0 and 1.
#
# HDx estimates the shares of classes from histograms of the features (here the numbers of words and of exclamation marks of a post),
# without a classifier.
# Expected: About 0.5, as by GHDx of the same package, whose histograms cover the range of the values.
# Observed: The histograms always cover 0 to 1, and other values are ignored without a warning. Features that are divided by their
# maximum give 0.5. The docstring does not require this, and its example has features below 0 and above 1.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check mlquantify==0.5.1

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from mlquantify.matching import GHDx, HDx

random = np.random.default_rng(0)

def posts(count, share_of_negative):
    """Numbers of words and of exclamation marks, (count, 2), and the labels of posts."""
    negative = random.random(count) < share_of_negative
    words = 1 + random.poisson(np.where(negative, 30, 12))
    marks = random.poisson(np.where(negative, 0.5, 2))
    return np.column_stack([words, marks]).astype(float), np.where(negative, "negative", "positive")

known, labels = posts(2000, 0.5)
largest = known.max(axis=0)
print("mlquantify", version("mlquantify"))
for share in (0.1, 0.5, 0.9):
    features, classes = posts(2000, share)
    real = float((classes == "negative").mean())
    seen, scaled, general = (
        float(quantifier.fit(known / scale, labels).predict(features / scale)[0])
        for quantifier, scale in ((HDx(), 1), (HDx(), largest), (GHDx(), 1))
    )
    print("negative: %.2f, HDx %.2f, HDx of scaled features %.2f, GHDx %.2f" % (real, seen, scaled, general))
    assert abs(general - real) < 0.03 and abs(scaled - real) < 0.03
    assert abs(seen - real) > {0.1: 0.1, 0.5: 0.2, 0.9: 0.03}[share]
PYTHON
