#!/usr/bin/env bash
# vaderSentiment 3.3.2 does not recognise the red heart as phones write it.
#
# VADER replaces emoji by their names in its emoji lexicon. Phones and browsers write the red heart as U+2764 followed by the
# variation selector U+FE0F, which selects the coloured form.
# Expected: It has the score of the heart without the selector, as the black suit (U+2665) has.
# Observed: U+2764 has 0.64; U+2764 U+FE0F has 0.0, neutral.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check vaderSentiment==3.3.2

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

analyzer = SentimentIntensityAnalyzer()
heart, suit, selector = "\N{HEAVY BLACK HEART}", "\N{BLACK HEART SUIT}", "\N{VARIATION SELECTOR-16}"
seen = {text: analyzer.polarity_scores(text)["compound"] for text in (heart, heart + selector, suit, suit + selector)}
print("vaderSentiment", version("vaderSentiment"))
for text, score in seen.items():
    print(" ".join(f"U+{ord(character):04X}" for character in text).ljust(14), score)
assert seen[heart] == seen[suit] == seen[suit + selector] > 0.6
assert seen[heart + selector] == 0.0
PYTHON
