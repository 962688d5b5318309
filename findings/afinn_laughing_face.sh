#!/usr/bin/env bash
# afinn 0.1: Afinn(emoticons=True) never finds ":D" and "XD".
#
# It scores words and emoticons. Both are in its list of 96 emoticons, with +3.
# Expected: "what a day :D" has a score of 3, as "what a day :)" has 2.
# Observed: 0. Texts are lowercased before the search, but the list is not, and it has no ":d" (it has ":p"). This affects 12
# emoticons, nine of them laughing faces. language="emoticons" with word_boundary=False gives the same.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check afinn==0.1

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version
from pathlib import Path

import afinn

scorer = afinn.Afinn(emoticons=True)
lines = (Path(scorer.data_dir()) / "AFINN-emoticon-8.txt").read_text(encoding="utf-8").splitlines()
listed = {emoticon: int(score) for emoticon, score in (line.split("\t") for line in lines)}
lost = [emoticon for emoticon, score in listed.items() if scorer.score(emoticon) != score]
print("afinn", version("afinn"))
for text in ("what a day :)", "what a day :D"):
    print(repr(text), scorer.score(text), "with", listed[text[-2:]], "in the list")
print(len(lost), "of", len(listed), "emoticons are not found:", *lost)
assert listed[":D"] == listed["XD"] == 3
assert scorer.score("what a day :)") == 2 and scorer.score("what a day :D") == scorer.score("what a day XD") == 0
assert lost == [emoticon for emoticon in listed if emoticon.lower() not in listed] and len(lost) == 12
PYTHON
