#!/usr/bin/env bash
# text2num 3.1.0: "5 million people" becomes "5 1000000 people".
#
# alpha2digit() replaces number words in a text by digits, in several languages: "two million" becomes "2000000".
# Expected: "5 million" and "1.5 million", the usual forms in posts and news, become "5000000" and "1500000" or are kept.
# Observed: Only the word is replaced: "5 1000000" and "1.5 1000000". The same happens in French, Spanish, German, Portuguese and Dutch.
# "one point five million" becomes "1.5 1000000", too, so that 1000000 is what a program finds in all of these texts.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check text2num==3.1.0

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from text_to_num import alpha2digit

seen = [
    ("en", "two million people hate it", "2000000 people hate it"),
    ("en", "5 million people hate it", "5 1000000 people hate it"),
    ("en", "one point five million", "1.5 1000000"),
    ("en", "20 thousand followers", "20 1000 followers"),
    ("fr", "2 millions de vues", "2 1000000 de vues"),
    ("es", "2 millones de seguidores", "2 1000000 de seguidores"),
    ("de", "zwei Komma fünf Millionen", "2,5 1000000"),
    ("pt", "2 milhões", "2 1000000"),
    ("nl", "2 miljoen", "2 1000000"),
]
print("text2num", version("text2num"))
for language, text, result in seen:
    print(f"{language}: {text} -> {(found := alpha2digit(text, language))}")
    assert found == result
PYTHON
