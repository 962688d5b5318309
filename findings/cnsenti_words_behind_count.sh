#!/usr/bin/env bash
# cnsenti 0.0.7: sentiment_calculate() counts a sentiment word again for each word that follows it in the sentence.
#
# It weights words by preceding adverbs of degree and negations. sentiment_count() only counts them.
# Expected: "I am happy", "I am happy, today I went to the park with friends" and the same two clauses in reverse order all have 1,
# for one positive word without an adverb.
# Observed: 1, 9 and 1. The position of a word in its sentence matters more than the word.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cnsenti==0.0.7 jieba==0.42.1 'numpy<2' 'setuptools<80'

"$work/venv/bin/python" -W ignore - 2>/dev/null <<'PYTHON'
from importlib.metadata import version

from cnsenti import Sentiment

sentiment = Sentiment()
texts = ["我开心", "我开心，今天和朋友一起去了公园", "今天和朋友一起去了公园，我开心"]
counted = [sentiment.sentiment_count(text)["pos"] for text in texts]
seen = [float(sentiment.sentiment_calculate(text)["pos"]) for text in texts]
print("cnsenti", version("cnsenti"))
for row in zip(texts, counted, seen):
    print("%s: %d positive word, calculated as %g" % row)
assert counted == [1, 1, 1]
assert seen == [1, 9, 1]
PYTHON
