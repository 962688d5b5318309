#!/usr/bin/env bash
# empath 0.89 finds "happy" in "so happy today", and nothing in "so happy!", "happy, at last" and "Happy days".
#
# Empath().analyze() counts words of 194 categories ("positive_emotion", "love", "cheerfulness") in texts, as LIWC does.
# One would guess: words are found at the beginning of a sentence and in front of a mark.
# Seen: a text is split at blanks only, and its case is kept, while all words of the categories are lower case and have no marks. With
# normalize=True the words that could not be found still count among the words of the text.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check empath==0.89

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from empath import Empath

lexicon = Empath()
counts = {}
print("empath", version("empath"))
for text in ("so happy today", "so happy!", "happy, at last", "Happy days", "I love you", "I love, you", "LOVE"):
    counts[text] = {category: int(count) for category, count in lexicon.analyze(text).items() if count}
    print(repr(text), counts[text])
assert counts["so happy today"]["positive_emotion"] == 1 and counts["I love you"]["love"] == 1
assert all(not lexicon.analyze(text, ["positive_emotion"])["positive_emotion"] for text in ("so happy!", "happy, at last", "Happy days"))
assert all(not lexicon.analyze(text, ["love"])["love"] for text in ("I love, you", "LOVE"))
PYTHON
