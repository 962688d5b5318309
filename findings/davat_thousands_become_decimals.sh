#!/usr/bin/env bash
# davat 2.1.2: clean() of a Persian text turns 12,000 into 12, and "ﻧﻴﺴﺖ" (is not) into "ذیست" (no word).
#
# clean() normalises digits, Arabic letters and punctuation to the Persian ones. Persian has "٬" between thousands and "٫" before
# decimals.
# Expected: "12,000 تومان" (12,000 toman) becomes "۱۲٬۰۰۰ تومان", and the same text with Persian digits and "٬" does not change.
# Observed: Both become "۱۲٫۰۰۰", with the decimal separator: 12. Commas, "٬" and "٫" are first replaced by the Persian comma, and
# then a comma between digits by the decimal separator. 1,250,000 becomes 1.250 and 000.
#
# Also, presentation forms (letters with one code point for each position in a word, as in PDF files and texts of old phones) become
# other letters: the initial form of n becomes z, because "ﻧ" is listed among the forms of "ذ". This destroys the most frequent
# negations. Unicode's NFKC gives the right letters.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check davat==2.1.2

"$work/venv/bin/python" - <<'PYTHON'
import unicodedata
from importlib.metadata import version

from davat import clean

print("davat", version("davat"))
for text in ("12,000 تومان", "۱۲٬۰۰۰ تومان", "1,250,000 نفر"):
    cleaned = clean(text)
    print(text, "->", cleaned, [unicodedata.name(sign) for sign in cleaned if sign in "٬٫،"])
assert clean("12,000 تومان") == clean("۱۲٬۰۰۰ تومان") == "۱۲\N{ARABIC DECIMAL SEPARATOR}۰۰۰ تومان"
assert clean("12.5") == "۱۲\N{ARABIC DECIMAL SEPARATOR}۵"  # 12.5 and 12,500 have the same sign
assert clean("1,250,000 نفر") == "۱\N{ARABIC DECIMAL SEPARATOR}۲۵۰، ۰۰۰ نفر"

for form, letter, meaning in (("ﻧﻴﺴﺖ", "نیست", "is not"), ("ﻧﻤﯽ", "نمی", "not, before verbs")):
    print(form, meaning, "->", clean(form), "expected:", letter)
    assert unicodedata.normalize("NFKC", form).replace("ي", "ی") == letter == clean(letter)
    assert clean(form) == "ذ" + letter[1:]
PYTHON
