#!/usr/bin/env bash
# pysentimiento 0.7.3: preprocess_tweet() turns 10000 into 1000.
#
# It shortens elongated words ("sooooo" becomes "sooo"), and all models of the package use it.
# Expected: Only letters are shortened.
# Observed: Digits are shortened too: "10000 deaths" and "100000 deaths" become "1000 deaths".
#
# Only the preprocessing module is loaded, because the rest of the package needs torch.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps pysentimiento==0.7.3 emoji==2.16.0

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import distribution, version
from importlib.util import module_from_spec, spec_from_file_location

path = distribution("pysentimiento").locate_file("pysentimiento/preprocessing.py")
spec = spec_from_file_location("preprocessing", path)
module = module_from_spec(spec)
spec.loader.exec_module(module)

texts = ["sooooo sad", "1000 deaths", "10000 deaths", "100000 deaths"]
seen = [module.preprocess_tweet(text, lang="en") for text in texts]
print("pysentimiento", version("pysentimiento"))
for text, found in zip(texts, seen):
    print(repr(text), "->", repr(found))
assert seen == ["sooo sad", "1000 deaths", "1000 deaths", "1000 deaths"]
PYTHON
