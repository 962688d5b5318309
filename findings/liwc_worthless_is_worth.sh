#!/usr/bin/env bash
# liwc 0.5.0 counts "worthless" as positive, by the entry "worth*", though it has an entry of its own that is negative.
#
# It reads dictionaries in LIWC's format, in which an entry is a word or the beginning of words, with a star.
# One would guess: the entry that says most about a word decides, or all that fit it do.
# Seen: the shortest beginning decides, whatever the order of the entries. Entries behind it, with a star or without one, are read and
# never found, without a warning.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check liwc==0.5.0

cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version
from itertools import permutations
from pathlib import Path

import liwc

print("liwc", version("liwc"))
categories = "%\n1\tpositive\n2\tnegative\n%\n"
for entries in permutations(["worth*\t1", "worthless\t2", "worthless*\t2"]):
    Path("words.dic").write_text(categories + "\n".join(entries) + "\n", encoding="utf-8")
    parse, _ = liwc.load_token_parser("words.dic")
    seen = {word: list(parse(word)) for word in ("worthy", "worthless", "worthlessness")}
    print([entry.split("\t")[0] for entry in entries], seen)
    assert seen == dict.fromkeys(seen, ["positive"])
Path("words.dic").write_text(categories + "worthless*\t2\n", encoding="utf-8")
assert list(liwc.load_token_parser("words.dic")[0]("worthlessness")) == ["negative"]
PYTHON
