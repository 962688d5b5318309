#!/usr/bin/env bash
# sbd 1.0.19: "https://t.co/AbC", the form of all links in tweets, is split into "https://t" and "co/AbC", without the dot.
#
# It splits English texts into sentences by rules, and is documented to skip "urls, websites, email addresses".
# Expected: A link stays within its sentence, as "https://youtu.be/AbC" does, and no character is lost.
# Observed: A link must have at least two characters before the last dot of its domain. Links to t.co, x.com and t.me (Telegram) have one,
# so that each is the end of a sentence and the start of another. Between two sentences without a blank, the mark is lost as well: "So
# good!Thanks" becomes "So good" and "Thanks".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit sbd@1.0.19 >/dev/null

cat > split.cjs <<'SCRIPT'
const assert = require('assert');
const { sentences } = require('sbd');

console.log('sbd', require('sbd/package.json').version);
const seen = {
  'I love https://youtu.be/AbC so much': ['I love https://youtu.be/AbC so much'],
  'I love https://www.example.com/AbC so much': ['I love https://www.example.com/AbC so much'],
  'I love https://t.co/AbC so much': ['I love https://t', 'co/AbC so much'],
  'I love https://x.com/home so much': ['I love https://x', 'com/home so much'],
  'I love https://t.me/AbC so much': ['I love https://t', 'me/AbC so much'],
  'So good! Thanks': ['So good!', 'Thanks'],
  'So good!Thanks': ['So good', 'Thanks'],
};
for (const [text, parts] of Object.entries(seen)) {
  console.log(text, sentences(text));
  assert.deepStrictEqual(sentences(text), parts);
}
SCRIPT
node split.cjs
