#!/usr/bin/env bash
# vaderSentiment-fr 1.3.4: "plus triste" (sadder) is 0.37, and "triste" (sad) is -0.48. "plus heureux" (happier) is -0.46.
#
# It is VADER with a French lexicon, French intensifiers and French negations.
# Expected: "plus" (more) before an adjective intensifies, as "très" (very) does: "très triste" is -0.53. It negates only with "ne", as in
# "Je ne suis plus triste" (I am no longer sad).
# Observed: "plus" is in the list of negations, so that each comparative has the opposite sign: "Elle est plus triste que lui" (she is
# sadder than he is) equals "Je ne suis plus triste". "moins triste" (less sad) is -0.42, below "plus triste".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check vaderSentiment-fr==1.3.4

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from vaderSentiment_fr.vaderSentiment import SentimentIntensityAnalyzer

print("vaderSentiment-fr", version("vaderSentiment-fr"))
analyzer = SentimentIntensityAnalyzer()
observed = {
    "triste": -0.4767,
    "plus triste": 0.3724,  # sadder
    "Elle est plus triste que lui": 0.3724,
    "Je ne suis plus triste": 0.3724,  # I am no longer sad
    "moins triste": -0.4228,  # less sad
    "très triste": -0.5256,  # very sad
    "heureux": 0.5719,
    "Je suis plus heureux que jamais": -0.4585,  # I am happier than ever
    "Le film est plus mauvais": 0.2235,  # the film is worse
}
for text, compound in observed.items():
    seen = analyzer.polarity_scores(text)["compound"]
    print(text, seen)
    assert abs(seen - compound) < 1e-3, seen
PYTHON
