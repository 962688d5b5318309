#!/usr/bin/env bash
# pysbd 0.3.4: sentences with "☝", "♬" or "♭" are missing in the result.
#
# pySBD splits texts of 22 languages into sentences. With clean=False, the default, it returns the sentences as they are in the text;
# with char_span=True, their positions as well.
# Expected: All sentences are returned.
# Observed: A sentence with one of these characters is left out, without an error, in all languages. pySBD marks list items with "☝" and
# commas with "♬" while it works, and restores all of them at the end. The changed sentence is then not found in the text. With
# clean=True, the sentence stays, but "♬" is a comma, "♭" a colon, and the finger is removed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pysbd==0.3.4

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import pysbd

post = "Read this {} and weep. I hated the end."
print("pysbd", version("pysbd"))
for sign in ("☞", "☝", "☝️", "♪", "♬", "♭"):
    text = post.format(sign)
    kept = pysbd.Segmenter(language="en", clean=False).segment(text)
    cleaned = pysbd.Segmenter(language="en", clean=True).segment(text)
    print(sign, kept, cleaned)
    lost = sign not in "☞♪"
    assert kept == [*([] if lost else [f"Read this {sign} and weep. "]), "I hated the end."]
    assert len(cleaned) == 2 and (sign not in cleaned[0]) == lost
for language in ("de", "es", "hi", "ja", "ru"):
    assert pysbd.Segmenter(language=language).segment("♬ ♬ ♬") == []
PYTHON
