#!/usr/bin/env bash
# cnsenti 0.0.7: sentiment_calculate() counts a word of sentiment anew for each word that follows it in its sentence.
#
# It weights words by adverbs of degree and by negations before them. sentiment_count() beside it counts them.
# One would guess: "I am happy" is as positive as "I am happy, today I went to the park with friends", and as the two halves the other
# way round: 1, for one positive word without an adverb.
# Seen: 1, 9 and 1. What counts most is how early in its sentence a word stands.
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
