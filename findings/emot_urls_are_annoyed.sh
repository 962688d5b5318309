#!/usr/bin/env bash
# emot 3.1 finds "Skeptical, annoyed, undecided" in every link, and an angel in "10:30".
#
# It finds emoticons in posts and returns their meanings, as a feature for sentiment analysis.
# Expected: An emoticon stands alone, or at most directly after a word, as in "great:)".
# Observed: Emoticons are found inside other tokens: ":/" in "https://", "0:3" (angel) in "10:30", ":3" (happy face) in "5:35", and
# ":P" (playful) in "ana:Please". A sad post with a link and a time is annoyed and an angel.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check emot==3.1

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import emot

finder = emot.core.emot()
texts = ["so sad :(", "see https://e.example", "at 10:30 today", "at 5:35 today", "ana:Please stop"]
seen = {}
print("emot", version("emot"))
for text in texts:
    found = finder.emoticons(text)
    seen[text] = found["value"]
    print(repr(text), *zip(found["value"], found["mean"]))
assert list(seen.values()) == [[":("], [":/"], ["0:3"], [":3"], [":P"]]
assert "annoyed" in finder.emoticons("see https://e.example")["mean"][0]
PYTHON
