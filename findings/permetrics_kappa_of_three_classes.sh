#!/usr/bin/env bash
# permetrics 2.1.0: cohen_kappa_score() of three classes is not Cohen's kappa, with any average.
#
# Cohen's kappa is one number for any number of classes: 1 - (1 - agreement) / (1 - agreement by chance).
# Expected: 0.54 for the table below, as in scikit-learn and statsmodels.
# Observed: Each class is compared with the others, and the kappas are averaged: 0.45 ("macro"), 0.79 ("weighted") or 0.81 ("micro").
# matthews_correlation_coefficient() works in the same way.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check permetrics==2.1.0 numpy==2.4.6

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from permetrics.classification import ClassificationMetric

table = np.array([[90, 2, 0], [1, 3, 6], [0, 5, 2]])  # rows: negative, neutral, positive as given; columns: as predicted
given = np.repeat(np.repeat(np.arange(3), 3), table.ravel())
predicted = np.repeat(np.tile(np.arange(3), 3), table.ravel())

shares = table / table.sum()
chance = (shares.sum(0) * shares.sum(1)).sum()
kappa = 1 - (1 - np.trace(shares)) / (1 - chance)
metric = ClassificationMetric(given, predicted)
seen = {average: float(metric.cohen_kappa_score(average=average)) for average in ("macro", "weighted", "micro")}
print("permetrics", version("permetrics"))
print("Cohen's kappa:", round(kappa, 4))
print("observed:     ", {average: round(value, 4) for average, value in seen.items()})
assert abs(kappa - 0.5449) < 1e-4
assert all(abs(value - kappa) > 0.09 for value in seen.values())
PYTHON
