#!/usr/bin/env bash
# Sastrawi 1.0.1 keeps every second of consecutive stop words, so that "not" is removed from some texts and kept in others.
#
# StopWordRemover.remove() removes Indonesian stop words, which include "tidak" (not), "saya" (I) and "ini" (this).
# Expected: All stop words are removed, and "tidak" is either always kept or always removed.
# Observed: The list of words is modified while it is iterated, so the word after each removed word is skipped. "saya tidak suka" (I
# do not like) stays negated, "film tidak bagus" (the film is not good) becomes "film bagus" (the film is good).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check Sastrawi==1.0.1

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from Sastrawi.StopWordRemover.StopWordRemoverFactory import StopWordRemoverFactory

factory = StopWordRemoverFactory()
words, remover = set(factory.get_stop_words()), factory.create_stop_word_remover()
seen = {text: remover.remove(text) for text in ("film tidak bagus", "saya tidak suka", "film ini tidak bagus")}
print("Sastrawi", version("Sastrawi"))
for text, found in seen.items():
    guessed = " ".join(word for word in text.split() if word not in words)
    print(repr(text), "->", repr(found), "expected:", repr(guessed))
assert {"tidak", "saya", "ini"} <= words
assert list(seen.values()) == ["film bagus", "tidak suka", "film tidak bagus"]
PYTHON
