#!/usr/bin/env bash
# empath 0.89 finds "happy" in "so happy today", but not in "so happy!", "happy, at last" and "Happy days".
#
# Empath().analyze() counts words of 194 categories ("positive_emotion", "love", "cheerfulness") in texts, as LIWC does.
# Expected: Words are found at the beginning of a sentence and before punctuation.
# Observed: Texts are split at blanks only, and case and punctuation are kept, while all words of the categories are lowercase without
# punctuation. With normalize=True, words that were not found still count towards the number of words.
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
