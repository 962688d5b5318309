#!/usr/bin/env bash
# soynlp 0.0.493: emoticon_normalize() removes the syllable before ㅋㅋ and ㅎㅎ, the laughter of Korean posts: "no fun ㅋㅋ" becomes "no
# ㅋㅋ".
#
# emoticon_normalize() is for chats and comments. It shortens "ㅋㅋㅋㅋㅋ" to "ㅋㅋ", and separates syllables that are merged with laughter,
# as in "ㅋㅋ쿠ㅜㅜ" and "앜ㅋㅋ".
# Expected: "꿀잼ㅋㅋㅋ" (great fun) and "노잼ㅋㅋㅋ" (no fun) do not change, because their syllables are not merged with laughter.
# Observed: "꿀ㅋㅋㅋ" (honey) and "노ㅋㅋㅋ". A syllable next to ㅋ or ㅎ is only written if it is merged with laughter; an else is missing.
# "맛없ㅋㅋ" (tasteless) becomes "맛ㅋㅋ" (taste). With a blank before ㅋㅋ, and around ㅠㅠ, nothing is lost.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile soynlp==0.0.493

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from soynlp.normalizer import emoticon_normalize

print("soynlp", version("soynlp"))
lost = {
    "노잼ㅋㅋㅋ": "노ㅋㅋㅋ",  # no fun
    "꿀잼ㅋㅋㅋ": "꿀ㅋㅋㅋ",  # great fun
    "맛없ㅋㅋ": "맛ㅋㅋ",  # tasteless
    "정말 사랑해ㅎㅎ": "정말 사랑ㅎㅎ",  # really love (you)
    "ㅋㅋ좋다": "ㅋㅋ다",  # good
}
kept = ["노잼 ㅋㅋㅋ", "정말 사랑해", "싫어ㅠㅠ", "ㅠㅠ좋다"]
for text, seen in lost.items():
    print(text, "->", emoticon_normalize(text, num_repeats=3))
    assert emoticon_normalize(text, num_repeats=3) == seen
for text in kept:
    print(text, "->", emoticon_normalize(text, num_repeats=3))
    assert emoticon_normalize(text, num_repeats=3) == text
assert emoticon_normalize("앜ㅋㅋ", num_repeats=3) == "아ㅋㅋㅋ"  # what the function is for
PYTHON
