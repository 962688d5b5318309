#!/usr/bin/env bash
# snownlp 0.12.3: "I am not angry" (我没有生气) is exactly as negative as "I am angry" (我生气).
#
# SnowNLP(text).sentiments is the probability that a Chinese text is positive. It removes stop words first.
# Expected: Negations count, as the most frequent one does: "我不喜欢" (I do not like it) is less positive than "我喜欢".
# Observed: 没有 (have not), 不要 (do not), 不能 (may not) and 无法 (cannot) are stop words; only "不" is not. A text with one of them has the
# same sentiment as without it.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check snownlp==0.12.3

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from snownlp import SnowNLP, normal

pairs = [  # a text, and the same text denied
    ("我喜欢", "我不喜欢"),  # I like it
    ("我生气", "我没有生气"),  # I am angry
    ("我喜欢", "我无法喜欢"),  # I like it, I cannot like it
    ("他有礼貌", "他没有礼貌"),  # he is polite
]
seen = [tuple(round(SnowNLP(text).sentiments, 3) for text in pair) for pair in pairs]
print("snownlp", version("snownlp"))
for pair, scores in zip(pairs, seen):
    print(*(f"{text} {score}" for text, score in zip(pair, scores)))
assert {"没有", "不要", "不能", "无法"} <= normal.stop and "不" not in normal.stop
assert seen[0][1] < seen[0][0] - 0.1
assert all(denied == said for said, denied in seen[1:])
assert seen[1][1] < 0.34 and seen[3][1] > 0.6
PYTHON
