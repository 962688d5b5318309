#!/usr/bin/env bash
# ndjson 0.3.1: a line separator (U+2028) within a text becomes a comma.
#
# JSON strings may contain U+2028, U+2029 and U+0085 as they are, and JavaScript's JSON.stringify() writes them so. They get into posts
# from notes and word processors. Lines of newline-delimited JSON end with "\n" only.
# Expected: ndjson.loads() returns the texts that ndjson.dumps() has written, as json.loads() does for each line.
# Observed: The text is split at these characters, too, and the parts are joined with a comma: "Good\u2028not bad" is "Good,not bad", without
# an error. ndjson.load() does the same; ndjson.reader() returns the texts.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ndjson==0.3.1

"$work/venv/bin/python" - <<'PYTHON'
import io
import json
from importlib.metadata import version

import ndjson

posts = [{"text": "Good\u2028not bad"}, {"text": "no\u0085yes"}, {"text": "so\u2029what"}, {"text": "one\\ntwo"}]
lines = ndjson.dumps(posts, ensure_ascii=False)
read = ndjson.loads(lines)
print("ndjson", version("ndjson"))
for post, seen in zip(posts, read, strict=True):
    print("expected", ascii(post["text"]), "observed", ascii(seen["text"]))
assert [json.loads(line) for line in lines.split("\n")] == posts
assert [post["text"] for post in read] == ["Good,not bad", "no,yes", "so,what", "one\\ntwo"]
assert ndjson.load(io.StringIO(lines)) == read
assert list(ndjson.reader(io.StringIO(lines))) == posts
PYTHON
