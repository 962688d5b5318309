#!/usr/bin/env bash
# confidenceinterval 1.0.5: with rare classes, the intervals of macro precision and macro recall are half as wide as they should be.
#
# precision_score(average="macro") returns the score and a 95 % interval by the delta method. Its docstring gives the covariance as
# diag(p) - p p^T, where p are the shares of the cells of the confusion matrix.
# Expected: +-0.13 for the table below, as by that formula, and as with method="bootstrap_percentile" of the same package.
# Observed: +-0.07. p is a one-dimensional array, so p * p.transpose() is the vector of squares, not the outer product. For other
# tables, the variance is negative and the bounds are NaN.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check confidenceinterval==1.0.5

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import confidenceinterval
import numpy as np

def lists(table):
    """Classes as given and as predicted, of a confusion matrix."""
    classes = np.arange(len(table))
    return np.repeat(np.repeat(classes, len(table)), table.ravel()), np.repeat(np.tile(classes, len(table)), table.ravel())

def half_width(table, **options):
    low, high = confidenceinterval.precision_score(*lists(table), average="macro", **options)[1]
    return (high - low) / 2

def delta_method(table):
    """1.96 standard deviations of macro precision, with the gradient (C, C) written out."""
    classes, shares = len(table), table / table.sum()
    predicted = shares.sum(0)
    gradient = (np.eye(classes) / predicted - np.diag(shares) / predicted**2) / classes
    p, g = shares.ravel(), gradient.ravel()
    return 1.96 * np.sqrt(g @ (np.diag(p) - np.outer(p, p)) @ g / table.sum())

table = np.array([[90, 2, 1], [1, 3, 6], [1, 5, 2]])
seen = half_width(table)
bootstrap = half_width(table, method="bootstrap_percentile", n_resamples=500, random_state=0)
print("confidenceinterval", version("confidenceinterval"))
print("delta method %.3f, the package's bootstrap %.3f, its default %.3f" % (delta_method(table), bootstrap, seen))
assert abs(delta_method(table) - 0.1314) < 0.001 and abs(bootstrap - 0.135) < 0.02
assert abs(seen - 0.0681) < 0.001
assert np.isnan(half_width(np.array([[30, 0, 0], [0, 30, 0], [25, 25, 10]])))
PYTHON
