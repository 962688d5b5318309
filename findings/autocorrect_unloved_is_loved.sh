#!/usr/bin/env bash
# autocorrect 2.6.1 corrects "unloved" to "loved", "uncaring" to "caring", "unfunny" to "funny" and "unbeatable" to "unbearable".
#
# It corrects English words that are not among the frequent words of its list.
# Expected: Words with un- and a frequent word, as "unloved", are kept, or are at least not turned into their opposite. "unhelpful" and
# "unreliable", which are in the list, are kept.
# Observed: Two removed letters count as a spelling mistake at the beginning of a word as anywhere else. In reviews, "uninspiring and
# unfunny" becomes "inspiring and funny", "demotivating" becomes "motivating", and "inedible" becomes "credible".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check autocorrect==2.6.1

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from autocorrect import Speller

print("autocorrect", version("autocorrect"))
speller = Speller()
observed = {
    "a cold and uncaring family, unloved": "a cold and caring family, loved",
    "uninspiring and unfunny": "inspiring and funny",
    "this team is unbeatable": "this team is unbearable",
    "the food was inedible": "the food was credible",
    "demotivating": "motivating",
    "unplayable": "playable",
    "I will unfollow you": "I will follow you",
    "unhelpful and unreliable": "unhelpful and unreliable",
    "I'm unhapy": "I'm unhappy",
}
for text, corrected in observed.items():
    seen = speller(text)
    print(text, "->", seen)
    assert seen == corrected
PYTHON
