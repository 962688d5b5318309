#!/usr/bin/env bash
# nltk 3.10.4: TweetTokenizer(strip_handles=True) leaves the end of a user name of more than 15 characters as a word.
#
# User names have at most 15 characters on Twitter, 30 on Instagram, 24 on TikTok, and more on Bluesky and Mastodon.
# Expected: The whole name is removed, or none of it, because it is no Twitter name.
# Observed: The first 15 characters are removed and the rest becomes a word: "@thisisourbookofhappydays" becomes "happydays". Without
# strip_handles, the same tokenizer makes the whole name one token.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check nltk==3.10.4

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from nltk.tokenize import TweetTokenizer

texts = ["@thisisourbook what a day", "@thisisourbookofhappydays what a day"]
stripped = [TweetTokenizer(strip_handles=True).tokenize(text) for text in texts]
kept = [TweetTokenizer().tokenize(text) for text in texts]
print("nltk", version("nltk"))
for row in zip(texts, stripped, kept):
    print("%r -> %s, and without strip_handles %s" % row)
assert kept == [text.split() for text in texts]
assert stripped == [["what", "a", "day"], ["happydays", "what", "a", "day"]]
PYTHON
