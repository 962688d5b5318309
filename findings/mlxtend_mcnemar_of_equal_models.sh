#!/usr/bin/env bash
# mlxtend 0.25.0: mcnemar() returns p = 0 for two models that give the same answer to every post.
#
# McNemar's test compares two models by the posts that only one of them predicts correctly. For a model and its exported or 8-bit
# version there may be no such posts.
# Expected: p = 1, as with exact=True. R's mcnemar.test() applies the correction only if the two numbers differ.
# Observed: The default continuity correction turns a difference of 0 into 1, so chi-squared is 1 / 0, infinite, and p is 0. With five
# posts on either side p is 0.75 instead of 1.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check mlxtend==0.25.0

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from mlxtend.evaluate import mcnemar, mcnemar_table

given = np.array([0, 1, 2] * 40)
right_but = {"no post": [], "five posts each": [range(0, 5), range(5, 10)]}
print("mlxtend", version("mlxtend"))
seen = {}
for name, wrong in right_but.items():
    models = [given.copy(), given.copy()]
    for model, posts in zip(models, wrong):
        model[list(posts)] = (model[list(posts)] + 1) % 3
    table = mcnemar_table(given, *models)
    seen[name] = [float(mcnemar(table, exact=exact)[1]) for exact in (False, True)]
    print(name, "that only one gets right, table", table.tolist(), "p:", seen[name][0], "exact:", seen[name][1])
assert seen["no post"] == [0.0, 1.0]
assert abs(seen["five posts each"][0] - 0.75) < 0.01 and seen["five posts each"][1] == 1
PYTHON
