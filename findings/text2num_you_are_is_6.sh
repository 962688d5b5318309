#!/usr/bin/env bash
# text2num 3.1.0: the Italian "sei bella" (you are beautiful) becomes "6 bella".
#
# alpha2digit() replaces number words in running text by digits. It knows that words are ambiguous: the English "no one" is kept, and
# in French "un vélo neuf" (a new bike; "neuf" is also 9). Single small numbers are kept: "two or three" becomes "two or 3".
# Expected: "sei" is kept where it is the verb, as in "sei bella", one of the most frequent words of Italian posts.
# Observed: Every "sei" becomes "6", and every "una" after it "1". In French, "quoi de neuf ?" (what's new?) becomes "quoi de 9 ?".
# The threshold, 3 by default, keeps "sei" if it is 7, and then "cinque" as well.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check text2num==3.1.0

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from text_to_num import alpha2digit

seen = [
    ("en", "no one likes it", "no one likes it"),
    ("fr", "un vélo neuf", "un vélo neuf"),
    ("fr", "quoi de neuf ?", "quoi de 9 ?"),
    ("it", "sei bella", "6 bella"),
    ("it", "Tu sei il migliore", "Tu 6 il migliore"),
    ("it", "Sei una persona fantastica", "6 1 persona fantastica"),
]
print("text2num", version("text2num"))
for language, text, result in seen:
    print(f"{language}: {text} -> {(found := alpha2digit(text, language))}")
    assert found == result
print("with a threshold of 7:", kept := [alpha2digit(text, "it", threshold=7) for text in ("sei bella", "cinque amici")])
assert kept == ["sei bella", "cinque amici"]
PYTHON
