#!/usr/bin/env bash
# cld3-py 3.1.0 (CLD3) identifies Yoruba with tone marks as Vietnamese, as a reliable result.
#
# Yoruba is written with dots below and with tone marks ("ẹ̀"). CLD3 supports Yoruba, and recognises it without tone marks.
# Expected: Correctly written Yoruba, with tone marks, is identified at least as well.
# Observed: "vi" with a probability of 0.99 and is_reliable; without tone marks "yo" with 1.00. Of 300 Yoruba posts of AfriSenti, 171
# are "vi" with at least 0.9, and 35 are "yo".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cld3-py==3.1.0

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import gcld3

identifier = gcld3.NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=1000)
texts = ("Mo fẹran orin yi gan, o dara pupọ", "Mo fẹ́ràn orin yìí gan-an, ó dára púpọ̀")  # I like this song, it is very good
seen = [identifier.FindLanguage(text=text) for text in texts]
print("cld3-py", version("cld3-py"))
print("expected:", ["yo", "yo"])
print("observed:", [(one.language, round(one.probability, 2), one.is_reliable) for one in seen])
assert [one.language for one in seen] == ["yo", "vi"] and all(one.is_reliable for one in seen)
PYTHON
