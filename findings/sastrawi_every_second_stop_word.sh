#!/usr/bin/env bash
# Sastrawi 1.0.1 leaves every second stop word where several follow each other, so that "not" goes from some texts and stays in others.
#
# StopWordRemover.remove() takes Indonesian stop words out of texts; "tidak" (not) is one of them, "saya" (I) and "ini" (this) too.
# One would guess: all stop words go, and "tidak" either always stays or always goes.
# Seen: the list of words gets shorter while it is gone through, so that the word behind each removed one is skipped.
# "saya tidak suka" (I do not like) stays negated, "film tidak bagus" (the film is not good) becomes "film bagus" (the film is good).
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
    print(repr(text), "->", repr(found), "guessed:", repr(guessed))
assert {"tidak", "saya", "ini"} <= words
assert list(seen.values()) == ["film bagus", "tidak suka", "film tidak bagus"]
PYTHON
