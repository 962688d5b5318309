#!/usr/bin/env bash
# CLES 0.1.3: of two models, one is better in all 5 folds; CLES_2paired(a, b) is 80 and CLES_2paired(b, a) is 100.
#
# The common language effect size of pairs is the percentage of pairs in which one value is larger (ties count half), here from 50 to 100
# in either direction.
# Expected: 100 in both orders, and 50 if all pairs are equal.
# Observed: The 5 differences are compared with 4 zeros, but the count is divided by 5 times 5. The effect of a second model that is better
# is too small by a share of 1/n, that of a worse one too large, and equal models have 60. The effects of one and of two independent samples
# are correct.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check CLES==0.1.3 numpy==2.4.6

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from CLES import CLES_1samp, CLES_2paired

def effect(first, second):
    share = (np.sum(second > first) + np.sum(second == first) / 2) / len(first)
    return 100 * (abs(share - 0.5) + 0.5)

worse = np.array([0.70, 0.66, 0.71, 0.68, 0.69])  # macro recall of five folds
better = worse + 0.02
mixed = worse + np.array([0.02, 0.02, 0.02, -0.02, -0.02])  # better in three folds of five
print("CLES", version("CLES"))
cases = {
    "better in all folds": (worse, better, 80),
    "worse in all folds": (better, worse, 100),
    "equal": (worse, worse, 60),
    "better in three folds": (worse, mixed, 52),
    "worse in three folds": (mixed, worse, 68),
}
for name, (first, second, result) in cases.items():
    seen = float(CLES_2paired(first, second))
    print(f"{name}: expected {effect(first, second):.0f}, observed {seen:.0f}, CLES_1samp of the differences"
          f" {float(CLES_1samp(second - first)):.0f}")
    assert abs(seen - result) < 1e-9
    assert abs(CLES_1samp(second - first) - effect(first, second)) < 1e-9
PYTHON
