#!/usr/bin/env bash
# natural 8.1.1: with PorterStemmer, as its documentation has it, "I am fine" is negative.
#
# SentimentAnalyzer('English', PorterStemmer, 'afinn') looks words up by their stems. In its lexicon "fine" is +2, "fined" is -2.
# One would guess: a word that is in the lexicon has the score that it has there, and the stem helps with words that are not.
# Seen: the lexicon is stemmed as well, and of all words with a stem the last one counts: "fine" is -2 for "fined", "stunned" +4 for
# "stunning", "startled" +3 for "startling". 11 words change their sign.
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
