#!/usr/bin/env bash
# liwc 0.5.0 counts "worthless" as positive by the entry "worth*", although it has its own negative entry.
#
# It reads dictionaries in LIWC's format, in which an entry is a word, or a prefix with a star.
# Expected: The most specific entry decides, or all matching entries do.
# Observed: The shortest prefix decides, in any order of the entries. Longer entries, with or without a star, are never found, without
# a warning.
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
