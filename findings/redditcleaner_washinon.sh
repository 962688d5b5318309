#!/usr/bin/env bash
# redditcleaner 1.1.2: clean() turns Washington into "Washinon" and strength into "strenh".
#
# It removes Reddit's Markdown before texts are analysed, including "&gt;", the escaped > of a quotation.
# Expected: Words do not change.
# Observed: The ampersand and the semicolon are optional in the pattern, so every "gt" is removed as a quotation mark. With
# quote=False words do not change.
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
