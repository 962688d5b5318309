#!/usr/bin/env bash
# indic-numtowords 1.1.0: in Kannada, 110, 120, 130, 150 and 160 are the same word, "ನೂ", and 82 and 83 are both "ಎಂಬತ್ತೆರಡು".
#
# num2words() writes numbers in words of many languages of India and in English.
# Expected: Each number has its own words: "ನೂರ ಹತ್ತು" (110) and "ನೂರ ಇಪ್ಪತ್ತು" (120), and "ಎಂಬತ್ಮೂರು" or "ಎಂಬತ್ತಮೂರು" (83).
# Observed: If a number of hundreds and tens has no units, the end of the word for hundred and all that follows are often missing. Of the
# numbers from 0 to 2000 more than 100 have the words of another one. In Hindi, Tamil and Malayalam each number has words of its own.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check indic-numtowords==1.1.0

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from collections import Counter
from importlib.metadata import version

from indic_numtowords import num2words

print("indic-numtowords", version("indic-numtowords"))
for number in (82, 83, 100, 101, 110, 120, 130, 150, 160):
    print(number, num2words(number, lang="kn"))
assert num2words(82, lang="kn") == num2words(83, lang="kn")
assert {num2words(number, lang="kn") for number in (110, 120, 130, 150, 160)} == {"ನೂ"}
assert num2words(100, lang="kn") == "ನೂರು" and num2words(101, lang="kn") == "ನೂರೊಂದು"
for language in ("kn", "hi", "ta", "ml"):
    words = Counter(num2words(number, lang=language) for number in range(2001))
    repeated = sum(count - 1 for count in words.values())
    print(language, "numbers with words of another number:", repeated)
    assert repeated > 100 if language == "kn" else repeated == 0
PYTHON
