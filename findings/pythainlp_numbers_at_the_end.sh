#!/usr/bin/env bash
# pythainlp 5.4.0: text_to_num() drops the last word of a text if it is a number: "rank two" (อันดับสอง) becomes "rank".
#
# It returns the words of a text, a "list of words with numerals converted to numbers".
# Expected: "สองต่อหนึ่ง" (two to one) becomes 2, ต่อ, 1.
# Observed: It becomes 2, ต่อ. A number of one word at the end is neither converted nor kept. It is converted before another word, as in
# "ห้าดาว" (five stars), and if it has two words, as in "สองร้อย" (two hundred).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile pythainlp==5.4.0

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from pythainlp.util import text_to_num

print("pythainlp", version("pythainlp"))
lost = {
    "อันดับสอง": ["อันดับ"],  # rank two
    "ให้ห้า": ["ให้"],  # I give five
    "ได้คะแนนสอง": ["ได้", "คะแนน"],  # got the score two
    "สองต่อหนึ่ง": ["2", "ต่อ"],  # two to one
}
kept = {
    "ให้ห้าดาว": ["ให้", "5", "ดาว"],  # I give five stars
    "ราคาสองร้อย": ["ราคา", "200"],  # the price is two hundred
    "ได้คะแนนสอง เสียใจ": ["ได้", "คะแนน", "2", " ", "เสียใจ"],  # got the score two, sad
}
for text, seen in (lost | kept).items():
    print(text, "->", text_to_num(text))
    assert text_to_num(text) == seen
assert text_to_num("สอง") == ["2"]
PYTHON
