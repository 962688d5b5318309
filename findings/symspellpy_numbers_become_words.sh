#!/usr/bin/env bash
# symspellpy 6.10.1: lookup_compound() turns numbers into words: "2020 was bad" becomes "of of was bad".
#
# lookup_compound() corrects whole texts, for example before sentiment analysis. Numbers are not in the dictionary of words.
# Expected: Tokens without letters do not change; only words that look misspelt do.
# Observed: A number is corrected to the most frequent word within two edits: "I have 2 dogs" becomes "i have a dogs". With
# ignore_non_words=True, which is not the default, numbers stay.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check symspellpy==6.10.1

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version
from importlib.resources import files

from symspellpy import SymSpell

speller = SymSpell()
speller.load_dictionary(str(files("symspellpy") / "frequency_dictionary_en_82_765.txt"), 0, 1)
speller.load_bigram_dictionary(str(files("symspellpy") / "frequency_bigramdictionary_en_243_342.txt"), 0, 2)

def corrected(text, **options):
    return speller.lookup_compound(text, max_edit_distance=2, **options)[0].term

print("symspellpy", version("symspellpy"))
for text in ("2020 was bad", "I have 2 dogs", "so happpy today"):
    print(repr(text), "->", repr(corrected(text)), "with ignore_non_words:", repr(corrected(text, ignore_non_words=True)))
assert corrected("so happpy today") == "so happy today"
assert corrected("2020 was bad") == "of of was bad"
assert corrected("I have 2 dogs") == "i have a dogs"
assert corrected("2020 was bad", ignore_non_words=True) == "2020 was bad"
PYTHON
