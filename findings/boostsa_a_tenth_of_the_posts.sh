#!/usr/bin/env bash
# boostsa 0.2.13: a model that corrects 100 posts and spoils 50 is not significantly better (p = 0.06); by McNemar's test p is 0.00005.
#
# Bootstrap.test() compares two models on the same posts by paired bootstrap sampling, as of Berg-Kirkpatrick et al. (2012).
# Expected: Samples have as many posts as the test set, because the spread of a difference depends on their number.
# Observed: Samples have a tenth of the posts (sample_size=.1, at most .5), so that differences spread three times as much and p belongs to a
# test set of a tenth of the size.
#
# For soft labels, p is too small instead. There a smaller divergence is better, so the difference is negative, but samples are counted
# where it is larger than -2 times the difference instead of smaller than 2 times. This is the p of a difference three times as large.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pandas==2.3.3 scikit-learn==1.7.2 scipy==1.16.3 tqdm
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps boostsa==0.2.13  # it requires old versions of pip and twine

"$work/venv/bin/python" -W ignore - 2> "$work/log" <<'PYTHON' || { cat "$work/log" >&2; exit 1; }
import contextlib
import io
import re
from importlib.metadata import version

import numpy as np
from boostsa import Bootstrap
from scipy.spatial.distance import jensenshannon
from scipy.stats import binomtest, norm

def p_value(kind, labels, first, second, share):
    np.random.seed(0)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        Bootstrap(save_results=False, save_outcomes=False).test(labels, first, second, n_loops=200, sample_size=share)
    return float(re.search(rf"diff {kind}\b.* p < ([\d.]+)", printed.getvalue()).group(1))

print("boostsa", version("boostsa"))

labels = np.repeat([0, 1], 500)
posts = np.arange(1000) % 500  # half of them in each class
first = np.where(posts < 100, 1 - labels, labels)  # 200 errors
second = np.where((posts >= 50) & (posts < 125), 1 - labels, labels)  # 150 errors: 100 corrected, 50 new
assert (np.sum(first != labels), np.sum(second != labels)) == (200, 150)
exact = binomtest(50, 150).pvalue
tenth = p_value("acc", labels, first, second, 0.1)
print("accuracy 0.80 and 0.85 of 1000 posts: p by McNemar's test %.5f, by boostsa %.3f" % (exact, tenth))
assert exact < 0.0001 and 0.03 < tenth < 0.1

random = np.random.default_rng(11)
targets, one, two = (random.dirichlet([2, 2, 2], 1000) for _ in range(3))
gains = jensenshannon(targets, two, axis=1) - jensenshannon(targets, one, axis=1)
z = gains.mean() / gains.std() * np.sqrt(len(gains))
one, two = (one, two) if z < 0 else (two, one)  # the second is better by chance
expected = norm.cdf(-abs(z))
half = p_value("jsd", targets, one, two, 0.5)
print("random distributions: p by the normal distribution %.3f, by boostsa %.3f" % (expected, half))
assert expected > 0.1 and half < 0.03
PYTHON
