#!/usr/bin/env bash
# senticnet 1.6: in BabelSenticNet("fr"), "triste" (sad), "plainte" (complaint) and "n'aime pas" (does not like) are positive, +0.598.
#
# BabelSenticNet has the concepts of SenticNet, a lexicon with polarities from -1 to 1, in 40 languages other than English.
# Expected: "triste" is about as negative as "sad" in English (-0.91) and "triste" in Spanish (-0.349).
# Observed: It is twice as positive as "heureux" (happy), with the moods #intérêt and #admiration. The related concepts "thumbs down",
# "complaint" and "does not like" have the polarity of an approval, in other languages too. The related concept "sad" has its own
# polarity in Spanish and German, but that of this group in French.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile senticnet==1.6

PYTHONDONTWRITEBYTECODE=1 "$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from senticnet.babelsenticnet import BabelSenticNet

print("senticnet", version("senticnet"))
spanish, french = BabelSenticNet("es"), BabelSenticNet("fr")
for language, lexicon, words in (
    ("Spanish", spanish, ["feliz", "triste", "malo"]),
    ("French", french, ["heureux", "peur", "mauvais", "triste", "plainte", "n’aime pas", "pouce vers le bas"]),
):
    print(language, {word: (lexicon.polarity_label(word), lexicon.polarity_value(word)) for word in words})
print("moods of triste:", spanish.moodtags("triste"), french.moodtags("triste"))
assert spanish.polarity_label("triste") == "negative" and french.polarity_label("mauvais") == "negative"
for word in ("triste", "plainte", "n’aime pas", "pouce vers le bas"):
    assert french.polarity_label(word) == "positive" and french.polarity_value(word) == 0.598
assert french.polarity_value("triste") > french.polarity_value("heureux") > 0
PYTHON
