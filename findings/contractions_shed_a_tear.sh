#!/usr/bin/env bash
# contractions 0.1.73: fix() turns "shed a tear" into "she would a tear".
#
# It expands contractions before texts are scored: "I'd" becomes "I would".
# Expected: Words without an apostrophe that are words of their own do not change ("wed", "were", "ill" and "well" do not).
# Observed: "shed" becomes "she would", "shell" becomes "she will", and "Im" in the middle of a text becomes "I Am".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check contractions==0.1.73

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import contractions

texts = ["I'd cry", "we were ill and wed", "I shed a tear", "a sea shell"]
seen = [contractions.fix(text) for text in texts]
print("contractions", version("contractions"))
for text, found in zip(texts, seen):
    print(repr(text), "->", repr(found))
assert seen[:2] == ["I would cry", "we were ill and wed"]
assert seen[2:] == ["I she would a tear", "a sea she will"]
PYTHON
