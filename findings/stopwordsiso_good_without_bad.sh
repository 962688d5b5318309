#!/usr/bin/env bash
# stopwordsiso 0.7.1 and stop-words 2025.11.4: "good" and "great" are stop words, "bad" and "terrible" are not.
#
# They are lists of words with little meaning in many languages, which are removed before words are counted or scored.
# Expected: Words of praise and blame are no stop words, or both are.
# Observed: Praise is removed and blame is kept. Of the words of AFINN, 49 positive and 18 negative ones are English stop words. In
# French "bon" and "bien" are stop words, "mauvais" and "mal" are not; Russian and Finnish have the same problem.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check stopwordsiso==0.7.1 stop-words==2025.11.4 afinn==0.1

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version
from pathlib import Path

import afinn
import stop_words
import stopwordsiso

print("stopwordsiso", version("stopwordsiso"), "and stop-words", version("stop-words"))
pairs = {  # good and bad in each language
    "en": "good bad, great terrible, best worst",
    "fr": "bon mauvais, bien mal",
    "ru": "хорошо плохо",
    "fi": "hyvä huono",
}
for name, read in (("stopwordsiso", stopwordsiso.stopwords), ("stop-words", stop_words.get_stop_words)):
    for language, words in pairs.items():
        listed = set(read(language))
        for good, bad in (pair.split() for pair in words.split(", ")):
            print(name, language, good, good in listed, bad, bad in listed)
            assert good in listed and bad not in listed
    lines = (Path(afinn.__file__).parent / "data" / "AFINN-en-165.txt").read_text(encoding="utf-8").splitlines()
    listed = set(read("en"))
    scores = [int(score) for word, score in (line.split("\t") for line in lines) if word in listed]
    positive, negative = sum(score > 0 for score in scores), sum(score < 0 for score in scores)
    print(name, "words of AFINN among the English stop words:", positive, "positive,", negative, "negative")
    assert positive > 2 * negative
PYTHON
