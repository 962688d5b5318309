#!/usr/bin/env bash
# natural 8.1.1: with PorterStemmer, as in its documentation, "I am fine" is negative.
#
# SentimentAnalyzer('English', PorterStemmer, 'afinn') looks words up by their stems. In its lexicon, "fine" is +2 and "fined" is -2.
# Expected: A word of the lexicon has its own score, and stems are used for words that are not in it.
# Observed: The lexicon is stemmed too, and of all words with the same stem the last one counts: "fine" is -2 because of "fined",
# "stunned" +4 because of "stunning", "startled" +3 because of "startling". 11 words change their sign.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit natural@8.1.1 >/dev/null

cat > score.cjs <<'SCRIPT'
const assert = require('assert');
const { SentimentAnalyzer, PorterStemmer } = require('natural');
const plain = new SentimentAnalyzer('English', null, 'afinn');
const stemmed = new SentimentAnalyzer('English', PorterStemmer, 'afinn');
const turned = Object.keys(plain.vocabulary).filter(word =>
  !word.includes(' ') && plain.getSentiment([word]) * stemmed.getSentiment([word]) < 0);
console.log('natural', require('natural/package.json').version);
for (const text of ['I am fine', 'I was stunned', 'I was startled']) {
  console.log(text, 'without a stemmer:', plain.getSentiment(text.split(' ')), 'with one:', stemmed.getSentiment(text.split(' ')));
}
console.log(turned.length, 'words change their sign:', ...turned);
assert.strictEqual(plain.vocabulary.fine, 2);
assert(plain.getSentiment(['I', 'am', 'fine']) > 0 && stemmed.getSentiment(['I', 'am', 'fine']) < 0);
assert(plain.getSentiment(['I', 'was', 'stunned']) < 0 && stemmed.getSentiment(['I', 'was', 'stunned']) > 0);
assert.strictEqual(turned.length, 11);
SCRIPT
DOTENV_CONFIG_QUIET=true node score.cjs
