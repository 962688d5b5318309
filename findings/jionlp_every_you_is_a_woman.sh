#!/usr/bin/env bash
# jionlp 1.5.31: sim2tra("我爱你") is "我愛妳": in traditional characters, every "you" is a woman.
#
# sim2tra() converts simplified to traditional Chinese. "你" (you) is the same in both; "妳", used in Taiwan and Hong Kong, is only said
# to women.
# Expected: "我愛你", as zhconv converts it.
# Observed: Every "你" becomes "妳", also with mode="word". By default, each character is converted on its own: "皇后" (queen) becomes
# "皇後" (behind the emperor), and in the other direction "著名" (famous) the non-word "着名"; these two are correct with mode="word".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile jionlp==1.5.31 zhconv==1.4.3

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import jionlp
import zhconv

texts = ("我爱你", "你好吗", "皇后")
seen = {mode: [jionlp.sim2tra(text, mode=mode) for text in texts] for mode in ("char", "word")}
print("jionlp", version("jionlp"), "zhconv", version("zhconv"))
print("zhconv:      ", other := [zhconv.convert(text, "zh-hant") for text in texts])
print("jionlp:      ", seen)
print("simplified:  ", back := [jionlp.tra2sim("著名", mode=mode) for mode in ("char", "word")])
assert other == ["我愛你", "你好嗎", "皇后"]
assert [jionlp.sim2tra(text) for text in texts] == seen["char"] == ["我愛妳", "妳好嗎", "皇後"]
assert seen["word"] == ["我愛妳", "妳好嗎", "皇后"]
assert jionlp.tra2sim("著名") == back[0] == "着名" and back[1] == "著名"
PYTHON
