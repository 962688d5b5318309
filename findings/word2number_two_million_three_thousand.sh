#!/usr/bin/env bash
# word2number 1.1: word_to_num("two million three thousand") is 2004003 instead of 2003000.
#
# It converts the number words of an English text to a number, up to 999,999,999,999. The example of its documentation is "two
# million three thousand nine hundred and eighty four", 2003984.
# Expected: The same number without its last words is 2003000, and a number that ends with "thousand" is a multiple of 1,000.
# Observed: The example is correct, but if a number of millions or billions ends with "thousand", the thousands are counted again as ones,
# and "thousand" itself is added: 2,000,000 + 3,000 + 1,003. "two million" and "three thousand" alone are correct. In "one million two
# hundred thousand", 1,200 are added.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check word2number==1.1

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from word2number.w2n import word_to_num

right = {
    "two million three thousand nine hundred and eighty four": 2003984,
    "two million": 2000000,
    "three thousand": 3000,
    "two hundred thousand": 200000,
    "three million five thousand six": 3005006,
}
wrong = {
    "two million three thousand": (2003000, 2004003),
    "five million two thousand": (5002000, 5003002),
    "one million two hundred thousand": (1200000, 1201200),
    "two billion three thousand": (2000003000, 2000004003),
}
print("word2number", version("word2number"))
for text, number in right.items():
    print(text, word_to_num(text))
    assert word_to_num(text) == number
for text, (number, seen) in wrong.items():
    print(text, word_to_num(text), "instead of", number)
    assert word_to_num(text) == seen
PYTHON
