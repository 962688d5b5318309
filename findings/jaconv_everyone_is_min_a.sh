#!/usr/bin/env bash
# jaconv 0.5.0: alphabet2kana("minna") (everyone) is "みんあ" instead of "みんな", and "konnichiha" (hello) is "こんいちは".
#
# It converts Japanese between kana and letters. kana2alphabet("みんな") is "minna": "n" for ん and "na" for な.
# Expected: alphabet2kana("minna") is "みんな", as "namba" is "なんば" and "shinbun" is "しんぶん", because みんあ would be "min'a".
# Observed: "nn" is always ん, as on some Japanese keyboards, and the vowel after it stands alone. Words with んな, んに, んの and the like,
# such as "onna" (woman) and "annai" (guide), do not survive kana2alphabet() and alphabet2kana(). "nny" is correct again.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check jaconv==0.5.0

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from jaconv import alphabet2kana, alphabet2kata, kana2alphabet

print("jaconv", version("jaconv"))
seen = {
    **{"しんぶん": "しんぶん", "がっこう": "がっこう", "ほんにゃく": "ほんにゃく"},
    **{"みんな": "みんあ", "こんにちは": "こんいちは", "おんな": "おんあ", "あんない": "あんあい", "ほんの": "ほんお"},
}
for word, again in seen.items():
    print(word, kana2alphabet(word), alphabet2kana(kana2alphabet(word)))
    assert alphabet2kana(kana2alphabet(word)) == again
assert kana2alphabet("みんな") == "minna"
assert alphabet2kata("minna") == "ミンア"
PYTHON
