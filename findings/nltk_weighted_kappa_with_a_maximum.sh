#!/usr/bin/env bash
# nltk 3.10.4: weighted_kappa(max_distance=4) is -0.43, worse than chance, for annotators who mostly agree on stars.
#
# Cohen's weighted kappa is 1 - Do / De, where the observed and the expected disagreement are both divided by the largest distance (4
# for 1 to 5 stars), which cancels.
# Expected: 0.64 with any max_distance, as with the default of 1.
# Observed: Only De is divided, so Do / De is four times as large.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check nltk==3.10.4

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version
from itertools import product

from nltk.metrics.agreement import AnnotationTask

ana = [1, 2, 3, 4, 5, 5, 1, 2, 4, 3]
bo = [1, 2, 4, 4, 5, 4, 1, 3, 5, 1]

def distance(one, other):
    return abs(one - other)

def mean_distance(pairs):
    distances = [distance(one, other) for one, other in pairs]
    return sum(distances) / len(distances)

guessed = 1 - mean_distance(zip(ana, bo)) / mean_distance(product(ana, bo))
rows = [(name, post, stars) for name, given in (("Ana", ana), ("Bo", bo)) for post, stars in enumerate(given)]
task = AnnotationTask(rows, distance=distance)
seen = {most: task.weighted_kappa(max_distance=most) for most in (1, 2, 4)}
print("nltk", version("nltk"))
print("expected: %.2f" % guessed)
for most, kappa in seen.items():
    print("max_distance=%d: %.2f" % (most, kappa))
assert abs(seen[1] - guessed) < 1e-9
assert all(abs(kappa - (1 - most * (1 - guessed))) < 1e-9 for most, kappa in seen.items())
PYTHON
