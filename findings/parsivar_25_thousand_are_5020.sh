#!/usr/bin/env bash
# parsivar 0.2.3.1 turns "25 thousand people" of a Persian text into "5020 people", 12,000 into "12 ، 0", and "no" into 9.
#
# Normalizer(date_normalizing_needed=True) writes the dates and the numbers of a text in digits.
# Expected: "بیست و پنج هزار" (25 thousand) is 25000, a number in digits keeps its value, and "نه" in "نه، خوب نیست" (no, it is not good)
# is not changed.
# Observed: Only the last part of a sum is multiplied: 20 + 5 * 1000. 33 thousand is 3030, and 45 million is 5000040. The
# thousands separator is taken for a comma between words, and what follows it for a number of its own. "نه" means "no" and "nine" and
# always becomes 9, so the negation is lost. "دو هزار و سیصد" (2300), with nothing to add before "هزار", is right.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile parsivar==0.2.3.1 nltk==3.10.4

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from parsivar import Normalizer

print("parsivar", version("parsivar"))
normalizer = Normalizer(date_normalizing_needed=True)
texts = {
    "بیست و پنج هزار نفر": ("25000 نفر", "5020 نفر"),  # 25 thousand people
    "سی و سه هزار": ("33000", "3030"),
    "چهل و پنج میلیون": ("45000000", "5000040"),
    "12,000 تومان": ("12000 تومان", "12 ، 0 تومان"),
    "نه، خوب نیست": ("نه ، خوب نیست", "9 ، خوب نیست"),  # no, it is not good
    "نه بد نه خوب": ("نه بد نه خوب", "9 بد 9 خوب"),  # neither bad nor good
}
for text, (guessed, seen) in texts.items():
    print(text, "-> expected:", guessed, "observed:", normalizer.normalize(text))
    assert normalizer.normalize(text).strip() == seen != guessed
right = {"دو هزار و سیصد": "2300", "صد و بیست و سه": "123", "25 هزار نفر": "25000 نفر"}
for text, seen in right.items():
    print(text, "->", normalizer.normalize(text))
    assert normalizer.normalize(text).strip() == seen
PYTHON
