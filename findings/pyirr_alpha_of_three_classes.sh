#!/usr/bin/env bash
# pyirr 0.84.1.2: kripp_alpha() of annotators who agree on every post is -0.97 for three classes, and 1 for four.
#
# It measures the agreement of annotators. The package is a port of R's irr.
# Expected: 1 if they always agree, by the definition of Krippendorff's alpha, and otherwise the value of the package krippendorff.
# Observed: Correct for four and five classes. For two and three, the diagonal of the coincidence matrix, which is agreement, is added
# to the values above it: the more they agree, the lower alpha is.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyirr==0.84.1.2 krippendorff==0.9.0 numpy==2.4.6 'setuptools<80'

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import krippendorff
import numpy as np
import pyirr

random = np.random.default_rng(0)
print("pyirr", version("pyirr"), "and krippendorff", version("krippendorff"))
for classes in range(2, 6):
    first = np.arange(10 * classes) % classes
    second = np.where(random.random(len(first)) < 0.8, first, random.permutation(first))
    for kind, posts in (("all agree", np.array([first, first]).T), ("80 % agree", np.array([first, second]).T)):
        seen = pyirr.kripp_alpha(posts, "nominal").value  # posts by annotators, as its docstring has it
        right = krippendorff.alpha(reliability_data=posts.T, level_of_measurement="nominal")
        print(classes, "classes,", kind + ":", round(float(seen), 3), "instead of", round(float(right), 3))
        if kind == "all agree":
            assert abs(right - 1) < 1e-9
        if classes in (4, 5):
            assert abs(seen - right) < 1e-9
        else:
            assert seen < -0.5 and right > 0.5
PYTHON
