#!/usr/bin/env bash
# textblob-fr 0.2.0: "je n'aime pas ce film" (I do not like this film) is as positive as "j'aime ce film".
#
# It turns a word round that a negation precedes; its negations are n', ne, ni, non, pas, rien, sans, aucun and jamais. In French, "pas"
# comes behind the verb, and the "ne" or "n'" in front of it.
# One would guess: with "n'" it is as with "ne": "je ne l'aime pas" is -0.3.
# Seen: +0.6. Texts are cut at apostrophes, so that "n'" becomes "n" and "'", and is found nowhere, neither with a straight nor with a
# curly apostrophe. "aime" begins with a vowel, as "adore" does, so that it is never negated by "ne".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check textblob-fr==0.2.0 textblob==0.17.1 'nltk<3.9'

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from textblob import TextBlob
from textblob_fr import PatternAnalyzer
from textblob_fr.fr import sentiment

def polarity(text):
    return round(TextBlob(text, analyzer=PatternAnalyzer()).sentiment[0], 3)

texts = ["j'aime ce film", "je ne l'aime pas", "je n'aime pas ce film", "je n’aime pas ce film", "je n'adore pas ce film"]
seen = [polarity(text) for text in texts]
print("textblob-fr", version("textblob-fr"), "with the negations", *sentiment.negations)
for text, found in zip(texts, seen):
    print(repr(text), found)
assert "n'" in sentiment.negations
assert seen == [0.6, -0.3, 0.6, 0.6, 0.5]
PYTHON
