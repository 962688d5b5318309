#!/usr/bin/env bash
# textblob-fr 0.2.0: "je n'aime pas ce film" (I do not like this film) is as positive as "j'aime ce film".
#
# It inverts a word after a negation: n', ne, ni, non, pas, rien, sans, aucun or jamais. In French, "pas" follows the verb, and "ne"
# or "n'" precedes it.
# Expected: "n'" works as "ne" does: "je ne l'aime pas" has -0.3.
# Observed: +0.6. Texts are split at apostrophes, so "n'" becomes "n" and "'" and is never found, with a straight or a curly
# apostrophe. Verbs that begin with a vowel, such as "aime" and "adore", are never negated by "ne".
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
