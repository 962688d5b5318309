#!/usr/bin/env bash
# talisman 1.1.4: its tokenizer of tweets splits "хорошо" (good) into six letters, and "don't" into "don", "'" and "t".
#
# tokenizers/tweets/casual is documented as an implementation of NLTK's TweetTokenizer, which keeps words with apostrophes, hyphens and
# letters of all scripts.
# Expected: "I", "don't", "like", "it", and "хорошо", as NLTK returns them.
# Observed: The pattern of such words is commented out. What remains knows only a to z, so that a word with an accent is split at it ("sch",
# "ö", "n"), and all words of other scripts into letters. The pattern of numbers has "d+" instead of "\d+": "3.5" and "10:30" are three
# tokens each.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check nltk==3.10.4
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit talisman@1.1.4 >/dev/null

cat > tokens.cjs <<'SCRIPT'
const assert = require('assert');
const { execFileSync } = require('child_process');
const casual = require('talisman/tokenizers/tweets/casual');

console.log('talisman', require('talisman/package.json').version);
const program = 'import json, sys; from nltk.tokenize import TweetTokenizer; print(json.dumps(TweetTokenizer().tokenize(sys.argv[1])))';
const nltk = text => JSON.parse(execFileSync('venv/bin/python', ['-c', program, text]));
const seen = {
  'so good :) #happy @ana': 'so good :) #happy @ana',
  "I don't like it": "I don ' t like it",
  'schön': 'sch ö n',
  'хорошо': 'х о р о ш о',
  '3.5 stars at 10:30': '3 . 5 stars at 10 : 30',
};
for (const [text, tokens] of Object.entries(seen)) {
  console.log(text, casual(text), 'NLTK:', nltk(text));
  assert.strictEqual(casual(text).join(' '), tokens);
  assert.strictEqual(nltk(text).join(' '), text);
}
SCRIPT
node tokens.cjs
