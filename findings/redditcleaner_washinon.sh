#!/usr/bin/env bash
# redditcleaner 1.1.2: clean() makes "Washinon" of Washington and "strenh" of strength.
#
# It removes the marks of Reddit's markdown before texts are analysed, among them "&gt;", which is how Reddit writes the > of a quote.
# One would guess: words stay as they are.
# Seen: the ampersand and the semicolon are optional, so that every "gt" is taken for a quote. With quote=False, words stay.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check redditcleaner==1.1.2

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import redditcleaner

texts = ["&gt; so true", "a test of strength", "the length of Washington's speech"]
seen = [redditcleaner.clean(text) for text in texts]
print("redditcleaner", version("redditcleaner"))
for text, found in zip(texts, seen):
    print(repr(text), "->", repr(found))
assert seen == [" so true", "a test of strenh", "the lenh of Washinon's speech"]
assert [redditcleaner.clean(text, quote=False) for text in texts[1:]] == texts[1:]
PYTHON
