#!/usr/bin/env bash
# korean-romanizer 0.28.0: "신라" (the kingdom of Silla) is "sinra", "종로" (Jongno in Seoul) is "jongro", and "합니다" (do) is "hapnida".
#
# It writes Korean in Latin letters according to the Revised Romanization, which writes the sounds of consonants that change their
# neighbours.
# Expected: The examples of the official rules: Silla, Jongno, Wangsimni, Baengma, haedoji and gachi; and "hamnida".
# Observed: Most of such changes are missing, and each syllable is written as if it stood alone, so that the polite ending of verbs,
# -mnida, is never written. Some are made: "놓는" is "nonneun", "읽다" is "ikda" and "좋아요" is "joayo".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check korean-romanizer==0.28.0

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from korean_romanizer.romanizer import Romanizer

print("korean-romanizer", version("korean-romanizer"))
official = {
    "신라": ("silla", "sinra"),
    "종로": ("jongno", "jongro"),
    "왕십리": ("wangsimni", "wangsipri"),
    "백마": ("baengma", "baekma"),
    "해돋이": ("haedoji", "haedodi"),
    "같이": ("gachi", "gati"),
    "합니다": ("hamnida", "hapnida"),
    "놓는": ("nonneun", "nonneun"),
    "좋아요": ("joayo", "joayo"),
    "읽다": ("ikda", "ikda"),
}
for word, (expected, observed) in official.items():
    seen = Romanizer(word).romanize()
    print(word, "expected:", expected, "seen:", seen)
    assert seen == observed
PYTHON
