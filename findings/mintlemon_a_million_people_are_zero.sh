#!/usr/bin/env bash
# mintlemon-turkish-nlp 0.3.2 turns "1.250.000 kişi" (1,250,000 people) into "sıfır kişi" (zero people), and 12.500 lira into twelve.
#
# Normalizer.num_to_tr_text() writes the numbers of a Turkish text in words. Turkish has a point between thousands and a comma before
# decimals.
# Expected: "1.250.000 kişi" becomes "bir milyon iki yüz elli bin kişi", as "1250000 kişi" does, and 3,05 is not 3,5.
# Observed: A part such as "1.250" or ".500" is read as an English decimal and removed from the text, with a warning, and ".000" becomes
# "sıfır". 3,05 and 3,5 are both "üç virgül beş". Every comma of the text becomes the word "virgül": "güzel, ama uzun" (nice, but long)
# is "güzel virgül  ama uzun".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile \
    mintlemon-turkish-nlp==0.3.2 zeyrek==0.1.3 nltk==3.9.2 pandas==2.3.3 scikit-learn==1.7.2

NLTK_DATA="$work" "$work/venv/bin/python" -W ignore - 2> "$work/log" <<'PYTHON' || { cat "$work/log" >&2; exit 1; }
from importlib.metadata import version

from mintlemon import Normalizer

print("mintlemon-turkish-nlp", version("mintlemon-turkish-nlp"))
observed = {
    "1250000 kişi": "bir milyon iki yüz elli bin kişi",
    "1.250.000 kişi": "sıfır kişi",
    "Telefon 12500 lira": "Telefon on iki bin beş yüz lira",
    "Telefon 12.500 lira": "Telefon on iki lira",
    "Puanım 3,5": "Puanım üç virgül beş",
    "Puanım 3,05": "Puanım üç virgül beş",
    "güzel, ama uzun": "güzel virgül  ama uzun",
}
for text, result in observed.items():
    seen = Normalizer.num_to_tr_text(text)
    print(repr(text), "->", repr(seen))
    assert seen == result, seen
PYTHON
