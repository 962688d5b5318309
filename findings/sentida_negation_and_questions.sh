#!/usr/bin/env bash
# sentida 0.6.0, sentiment of Danish: a question anywhere in the text takes back all negations: "I am not happy. Why?" is as positive as "happy".
#
# sentida() turns the polarity of words near "ikke" (not) round. output="mean" gives one number for a text of several sentences.
# One would guess: "Jeg er ikke glad." (I am not happy) is as negative with a question behind it, and of two negations both count.
# Seen: +4.33 instead of -4.33 with "Forstår du?" (do you understand?) behind it, since no negation is looked for in a text with a question mark.
# And of two, the second turns nothing round: the position of "ikke" is looked up with list.index(), which finds the first. "I do not love cats,
# and I do not love dogs" is 0.
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
