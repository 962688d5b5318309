#!/usr/bin/env bash
# klpt 0.1.7: preprocess() of a Kurmanji text turns "ISTANBUL" into "iSTANBUL" and "Iraq" into "iraq".
#
# Preprocess("Kurmanji", "Latin") unifies characters and spelling. Among its rules are ı -> i, for texts that were typed on a Turkish
# keyboard, and iy -> îy. In Kurmanji, I is the capital of i.
# Expected: Rules for small letters do not change capital letters. Words are only written in small letters by functions that say so.
# Observed: Rules are applied with re.IGNORECASE, for which Python's re takes ı, i, I and İ as the same letter. Each I of a text becomes i,
# and IY becomes îy. In Sorani in Latin letters, "Rojbaş" becomes "řojbaş" in the same way.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps klpt==0.1.7  # chunspell is for stemming

"$work/venv/bin/python" - <<'PYTHON'
import re
from importlib.metadata import version

from klpt.preprocess import Preprocess

print("klpt", version("klpt"))
kurmanji, sorani = Preprocess("Kurmanji", "Latin"), Preprocess("Sorani", "Latin")
observed = {
    "ISTANBUL xweş e": (kurmanji, "iSTANBUL xweş e"),  # is beautiful
    "Iraq û Îran": (kurmanji, "iraq û Îran"),  # and
    "SIYASET": (kurmanji, "SîyASET"),  # politics
    "siyaset": (kurmanji, "sîyaset"),
    "Rojbaş": (sorani, "řojbaş"),  # good day
}
for text, (preprocess, result) in observed.items():
    seen = preprocess.preprocess(text)
    print(preprocess.dialect, repr(text), "->", repr(seen))
    assert seen == result, seen
assert "I".lower() == "i" and kurmanji.preprocess_map["normalizer"]["Kurmanji"]["Latin"] == {"ı": "i"}
assert re.sub("ı", "*", "ıiIİ", flags=re.IGNORECASE) == "****"
PYTHON
