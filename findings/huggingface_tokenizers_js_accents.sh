#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0 (Hugging Face's tokenizers for JavaScript): "détesté" becomes four unknown tokens.
#
# It reads the same tokenizer.json as the Python package, so that a model gets the same tokens in a web page. The pre-tokenizer
# Whitespace is documented as the regular expression \w+|[^\w\s]+, and is common for small vocabularies of words.
# Expected: "détesté" is one token, as in Python, or an error, as for the pre-tokenizer UnicodeScripts.
# Observed: JavaScript's \w matches only a to z, 0 to 9 and _. A Russian word stays one token, because nothing splits it. A word with
# accents is split at each accent, and its parts have no id.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit @huggingface/tokenizers@0.2.0 >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tokenizers==0.23.3

cat > tokens.cjs <<'SCRIPT'
const { readFileSync } = require('fs');
const { Tokenizer } = require('@huggingface/tokenizers');
const tokenizer = new Tokenizer(JSON.parse(readFileSync('tokenizer.json')), {});
console.log(JSON.stringify(JSON.parse(process.argv[2]).map(text => tokenizer.encode(text))));
SCRIPT
venv/bin/python - <<'PYTHON'
import json
import subprocess
from importlib.metadata import version

from tokenizers import Tokenizer, models, pre_tokenizers

vocabulary = ["[UNK]", "film", "détesté", "so", "happy", "хорошо", ","]
tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(vocabulary)}, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer.save("tokenizer.json")
texts = ["so happy", "хорошо", "film, détesté"]
python = [tokenizer.encode(text) for text in texts]
script = json.loads(subprocess.check_output(["node", "tokens.cjs", json.dumps(texts)]))
with open("node_modules/@huggingface/tokenizers/package.json") as file:
    print("@huggingface/tokenizers", json.load(file)["version"], "and tokenizers", version("tokenizers"))
for text, one, other in zip(texts, python, script):
    print(repr(text), "Python", one.tokens, one.ids, "JavaScript", other["tokens"], other["ids"])
assert [one.ids for one in python] == [[3, 4], [5], [1, 6, 2]]
assert [other["ids"] for other in script[:2]] == [[3, 4], [5]]
assert script[2]["tokens"] == ["film", ",", "d", "é", "test", "é"]
assert script[2]["ids"] == [1, 6] + 4 * [None]
PYTHON
