#!/usr/bin/env bash
# davat 2.1.2: clean() of a Persian text makes 12 of 12,000, and "ذیست" (no word) of "ﻧﻴﺴﺖ" (is not).
#
# clean() normalises Persian: digits, letters of Arabic and signs become those of Persian, which has "٬" between thousands and "٫" before decimals.
# One would guess: "12,000 تومان" (12,000 toman) becomes "۱۲٬۰۰۰ تومان", and the same text with Persian digits and "٬" stays as it is.
# Seen: both become "۱۲٫۰۰۰", with the decimal separator: 12. Commas, "٬" and "٫" all become the comma of sentences first, and the comma between
# digits the decimal separator last; 1,250,000 becomes 1.250 and 000. And letters as old phones and PDF files write them, with code points of their own
# for each place in a word, become other letters: the n at the beginning of words a z ("ﻧ" stands among the forms of "ذ"), so that the commonest
# negations are gone; Unicode's NFKC knows the right letters.
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
    print(form, meaning, "->", clean(form), "guessed:", letter)
    assert unicodedata.normalize("NFKC", form).replace("ي", "ی") == letter == clean(letter)
    assert clean(form) == "ذ" + letter[1:]
PYTHON
