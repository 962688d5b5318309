#!/usr/bin/env bash
# neologdn 0.5.6: "3〜5日" (3 to 5 days) is normalised to "35日" (35 days).
#
# neologdn normalises Japanese texts of social media: widths of characters, spaces, repeated marks. "〜" is a drawn-out vowel or a
# decoration after letters ("やった〜"), and means "to" between numbers. neologdn removes it by default.
# Expected: It stays between numbers.
# Observed: It is removed there as well, and the numbers become one: "1000~2000円" is "10002000円", and "9:00〜18:00" is "9:0018:00".
# A dash between numbers is kept, but a full-width one becomes the mark of a long vowel, "ー". With tilde="ignore" all of them stay.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check neologdn==0.5.6

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import neologdn

seen = {
    "やった〜": "やった",
    "3〜5日で届く": "35日で届く",
    "1000~2000円": "10002000円",
    "9:00〜18:00": "9:0018:00",
    "3-5日": "3-5日",
    "3－5日": "3ー5日",
}
print("neologdn", version("neologdn"))
for text, result in seen.items():
    print(text, "->", normal := neologdn.normalize(text))
    assert normal == result
assert neologdn.normalize("3〜5日", tilde="ignore") == "3〜5日"
PYTHON
