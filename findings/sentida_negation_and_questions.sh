#!/usr/bin/env bash
# sentida 0.6.0 (sentiment of Danish): a question anywhere in a text cancels all negations: "I am not happy. Why?" is as positive as
# "happy".
#
# sentida() inverts the polarity of words near "ikke" (not). output="mean" returns one number for a text of several sentences.
# Expected: "Jeg er ikke glad." (I am not happy) is as negative if a question follows, and of two negations both count.
# Observed: +4.33 instead of -4.33 if "Forstår du?" (do you understand?) follows, because negations are ignored in a text with a
# question mark. Of two negations the second has no effect: the position of "ikke" is found by list.index(), which returns the first.
# "I do not love cats, and I do not love dogs" has 0.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check sentida==0.6.0

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from sentida import Sentida

sentida = Sentida()
texts = {
    "glad": "Jeg er glad.",
    "not": "Jeg er ikke glad.",
    "question": "Jeg er ikke glad. Forstår du?",
    "one": "Jeg elsker ikke katte.",
    "other": "Jeg elsker ikke hunde.",
    "both": "Jeg elsker ikke katte, og jeg elsker ikke hunde.",
}
scores = {name: round(sentida.sentida(text, output="mean", normal=False), 2) for name, text in texts.items()}
print("sentida", version("sentida"))
for name, text in texts.items():
    print(f"{scores[name]:5.2f}  {text}")
assert scores["not"] == -scores["glad"] < 0
assert scores["question"] == scores["glad"]
assert scores["one"] == scores["other"] < 0 and scores["both"] == 0
PYTHON
