#!/usr/bin/env bash
# pyarabic 0.6.15: text2number() of "مئتا ألف" (two hundred thousand) is 1000, of "مائتان" (two hundred) 0.
#
# It converts Arabic number words to a number. Hundreds have two spellings, مئة and مائة, and "two hundred" loses its last letter before
# a noun: مئتان, but مئتا ألف.
# Expected: 200000 and 200, because "مائة" (100) and "ثلاثمائة" (300) are read in both spellings.
# Observed: "two hundred" is read only as مئتان and مئتين. In all other forms it counts 0 without an error, so that "two hundred and fifty"
# is 50. "ألفا" (two thousand) before a noun is 1000. ArNumbers().int2str() writes 200000 as "مئتان ألف", which is read correctly, and 10.5
# with the word "point", which is read as 15.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyarabic==0.6.15

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from pyarabic.number import ArNumbers, text2number

right = {"خمسمئة وثلاث وعشرون": 523, "مئة": 100, "مائة": 100, "ثلاثمئة": 300, "ثلاثمائة": 300, "مئتان": 200, "ثلاثمائة ألف": 300000}
wrong = {
    "مائتان": (200, 0),
    "مائتان وخمسون": (250, 50),
    "مئتا ألف": (200000, 1000),
    "مائتا ألف": (200000, 1000),
    "مليون ومئتا ألف": (1200000, 1001000),
    "ألفا كتاب": (2000, 1000),
}
print("pyarabic", version("pyarabic"))
for text, number in right.items():
    print(text, text2number(text))
    assert text2number(text) == number
for text, (number, seen) in wrong.items():
    print(text, text2number(text), "instead of", number)
    assert text2number(text) == seen
written = ArNumbers().int2str("10.5")
print("10.5", written, text2number(written))
assert text2number(written) == 15
PYTHON
