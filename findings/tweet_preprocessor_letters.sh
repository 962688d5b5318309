#!/usr/bin/env bash
# tweet-preprocessor 0.6.0: clean() removes all non-ASCII letters as emoji.
#
# By default, it removes URLs, mentions, hashtags, reserved words, emoji and smileys.
# Expected: Words of any language stay.
# Observed: "désolé" becomes "dsol", a curly apostrophe is removed ("I don’t" becomes "I dont"), and a tweet in Russian becomes empty.
# The option EMOJI alone does the same; without it the letters stay.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check tweet-preprocessor==0.6.0

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import preprocessor

texts = ["so sad 😀 https://e.example", "désolé, c'était à moi", "I don’t like it", "мне грустно"]
by_default = [preprocessor.clean(text) for text in texts]
preprocessor.set_options(preprocessor.OPT.EMOJI)
emoji = [preprocessor.clean(text) for text in texts]
preprocessor.set_options(preprocessor.OPT.URL)
urls = [preprocessor.clean(text) for text in texts]
print("tweet-preprocessor", version("tweet-preprocessor"))
for row in zip(texts, by_default, emoji, urls):
    print("%r -> by default %r, emoji only %r, URLs only %r" % row)
assert by_default[0] == "so sad"
assert by_default[1:] == emoji[1:] == ["dsol, c'tait moi", "I dont like it", ""]
assert urls[1:] == texts[1:]
PYTHON
