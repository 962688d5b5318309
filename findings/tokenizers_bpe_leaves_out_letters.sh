#!/usr/bin/env bash
# tokenizers 0.23.3: BPE without an unknown token silently drops unknown letters.
#
# BPE() and BpeTrainer() have no unknown token by default, and then train and encode as usual.
# Expected: An error for a text with letters that did not occur in training, as WordLevel raises, or a token for them.
# Observed: The letters are dropped: "détesté" becomes "d" and "test", "happy" with an emoji becomes "happy", and a text of unknown
# letters has no tokens.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check tokenizers==0.23.3

"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
trainer = trainers.BpeTrainer(vocab_size=60, show_progress=False)
tokenizer.train_from_iterator(["so happy today", "so sad today", "it is the best test"], trainer)

def tokens(text):
    return tokenizer.encode(text).tokens

print("tokenizers", version("tokenizers"))
for text in ("happy", "happy😀", "détesté", "😀"):
    print(repr(text), tokens(text))
words = Tokenizer(models.WordLevel({"happy": 0}))
try:
    words.encode("sad")
except Exception as error:
    refused = str(error)
print("WordLevel:", refused)
assert tokens("happy😀") == tokens("happy") == ["happy"]
assert tokens("détesté") == ["d", "test"]
assert tokens("😀") == []
assert "UNK" in refused
PYTHON
