#!/usr/bin/env bash
# mlquantify 0.5.1: the error of opposite shares can be 0: half of the posts are positive, and half were estimated to be negative.
#
# MAE(), AE(), NAE() and others compare true and estimated shares of classes. Both may be dictionaries, "where keys are class names".
# pandas' value_counts(normalize=True).to_dict() gives such dictionaries, with the most frequent class first.
# Expected: The shares of the same class are compared: 0.2 on average here.
# Observed: Dictionaries are compared by position, under the names of the first one. Opposite shares count as a perfect estimate,
# equal shares in another order as an error, and a missing class shifts all that follow.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check mlquantify==0.5.1

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import pandas as pd
from mlquantify.metrics import AE, MAE

def shares(**counts):
    posts = pd.Series([label for label, count in counts.items() for _ in range(count)])
    return posts.value_counts(normalize=True).to_dict()

real = shares(negative=2, neutral=3, positive=5)
estimated = shares(negative=5, neutral=3, positive=2)
guessed = sum(abs(real[label] - estimated[label]) for label in real) / 3
alphabetical = dict(sorted(real.items()))
print("mlquantify", version("mlquantify"))
print("real:     ", real)
print("estimated:", estimated)
print("mean absolute error: expected %.2f, observed %.2f" % (guessed, MAE(real, estimated)), AE(real, estimated))
print("of equal shares in another order: %.2f" % MAE(real, alphabetical))
assert abs(guessed - 0.2) < 1e-9 and MAE(real, estimated) == 0
assert real == alphabetical and abs(MAE(real, alphabetical) - 0.2) < 1e-9
PYTHON
