#!/usr/bin/env bash
# textblob 0.20.1: "isn't happy" is as positive as "happy", although "n't" is among its negations.
#
# TextBlob inverts "not happy". Its list of negations is ("no", "not", "n't", "never").
# Expected: "isn't happy" has -0.4, as "not happy" has.
# Observed: +0.8, as for "happy", for every verb with n't, and for "is n't happy" with a blank.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check textblob==0.20.1

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from textblob import TextBlob
from textblob.en import sentiment

negations = sentiment.negations
seen = {text: TextBlob(text).polarity for text in ("happy", "not happy", "isn't happy", "is n't happy", "don't be happy")}
print("textblob", version("textblob"), "with the negations", negations)
print(seen)
assert "n't" in negations
assert seen["not happy"] == -0.4
assert seen["happy"] == seen["isn't happy"] == seen["is n't happy"] == seen["don't be happy"] == 0.8
PYTHON
