#!/usr/bin/env bash
# iaa-kit 0.1.2: ac2() of two annotators who agree on 18 of 20 posts is -0.05, while ac1() is 0.89.
#
# Gwet's AC2 is AC1 with partial credit for similar labels. Both are meant for data with one frequent label, where kappa is low even
# if agreement is high. With two labels there is no partial credit, so AC2 equals AC1.
# Expected: 0.89, which is also AC2 by its formula.
# Observed: ac2() returns Cohen's weighted kappa. Similarly, krippendorff_alpha(scale="ordinal") returns the alpha of interval data:
# 0.73 for the stars below, whose ordinal alpha is 0.81.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check iaa-kit==0.1.2

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import iaa_kit
import numpy as np

def gwet_ac2(ana, bo):
    """Gwet's AC2 with linear weights, for two annotators and labels 0, 1, ..."""
    labels = np.arange(max(ana + bo) + 1)
    weights = 1 - np.abs(labels[:, None] - labels) / labels[-1]
    shares = np.array([[a == label for label in labels] for a in ana + bo]).mean(axis=0)
    observed = weights[ana, bo].mean()
    expected = weights.sum() / (len(labels) * (len(labels) - 1)) * (shares * (1 - shares)).sum()
    return (observed - expected) / (1 - expected)

ana = [0] * 18 + [0, 1]  # 0: neutral, 1: positive
bo = [0] * 18 + [1, 0]
print("iaa-kit", version("iaa-kit"))
print("AC2 by its formula %.2f, ac1() %.2f, ac2() %.2f" % (gwet_ac2(ana, bo), iaa_kit.ac1(ana, bo), iaa_kit.ac2(ana, bo)))
assert abs(gwet_ac2(ana, bo) - iaa_kit.ac1(ana, bo)) < 1e-9 and iaa_kit.ac1(ana, bo) > 0.88
assert iaa_kit.ac2(ana, bo) == iaa_kit.weighted_kappa(ana, bo) < 0
stars = [[1, 2], [1, 1], [3, 5], [5, 5], [5, 3], [2, 2]]  # a row for each post
ordinal, interval = (iaa_kit.krippendorff_alpha(stars, scale=scale)[0] for scale in ("ordinal", "interval"))
print("alpha of ordinal data %.4f, of interval data %.4f" % (ordinal, interval))
assert ordinal == interval
PYTHON
