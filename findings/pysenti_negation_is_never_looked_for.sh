#!/usr/bin/env bash
# pysenti 0.1.8: "我不喜欢" (I do not like it) is exactly as positive as "我喜欢" (I like it), because negations are never found.
#
# classify() scores Chinese texts by a lexicon and weights each word by the negations and adverbs of degree before it. It has lists of
# 24 and 235 of them.
# Expected: A score below 0 for "我不喜欢".
# Observed: 1.89 for both. The search for preceding words needs the position of the word, but classify() does not pass it, so it is
# always -1. No word of any text has a negation or an adverb.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pysenti==0.1.8 jieba==0.42.1 'setuptools<80'

"$work/venv/bin/python" -W ignore - 2>/dev/null <<'PYTHON'
from importlib.metadata import version

import pysenti

pairs = [("我喜欢", "我不喜欢"), ("我生气", "我没有生气"), ("我十分高兴", "我不高兴")]
seen = [tuple(pysenti.classify(text) for text in pair) for pair in pairs]
classifier = pysenti.rule_classifier
print("pysenti", version("pysenti"))
for pair, scored in zip(pairs, seen):
    print(*("%s %.2f" % (text, result["score"]) for text, result in zip(pair, scored)))
words = [word for pair in seen for result in pair for word in result["sub_clause0"]["sentiment"]]
assert {"不", "没有"} <= set(classifier.denial_dict) and {"非常", "有点"} <= set(classifier.adverb_dict)
assert seen[0][0]["score"] == seen[0][1]["score"] > 1.8 and seen[1][0]["score"] == seen[1][1]["score"] < -1.9
assert len(words) >= 6 and all(word["denial"] == word["adverb"] == [] and word["score"] == word["value"] for word in words)
PYTHON
