#!/usr/bin/env bash
# natural 8.1.1: SentimentAnalyzer finds no German noun, although a third of its German words are nouns.
#
# German nouns are capitalised, in texts and in natural's lexicon ("Freude": 0.6502).
# Expected: A word is found if it is written as in the lexicon.
# Observed: Words of texts are lowercased before the lookup, words of the lexicon are not. Joy, fear, war and catastrophe have 0, and
# all but 6 of 1,234 nouns are not found. With PorterStemmerDe many are found, but these four still have 0.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit natural@8.1.1 >/dev/null

cat > score.cjs <<'SCRIPT'
const assert = require('assert');
const { SentimentAnalyzer, PorterStemmerDe } = require('natural');

const plain = new SentimentAnalyzer('German', null, 'pattern');
const stemmed = new SentimentAnalyzer('German', PorterStemmerDe, 'pattern');
const nouns = Object.keys(plain.vocabulary).filter(word => word !== word.toLowerCase() && Number(plain.vocabulary[word]) !== 0);
const found = nouns.filter(word => plain.getSentiment([word]) !== 0);
console.log('natural', require('natural/package.json').version);
for (const word of ['Freude', 'Angst', 'Krieg', 'Katastrophe']) {
  const scores = [plain.getSentiment([word]), stemmed.getSentiment([word])];
  console.log(word, 'is', plain.vocabulary[word], 'in the lexicon, scored', scores[0], 'and with stems', scores[1]);
  assert(Math.abs(plain.vocabulary[word]) > 0.5);
  assert.deepStrictEqual(scores, [0, 0]);
}
console.log('gefährlich:', plain.getSentiment(['gefährlich']));
console.log(nouns.length, 'words with a capital letter have a polarity,', found.length, 'of them are found');
assert(plain.getSentiment(['gefährlich']) < -0.5);
assert(nouns.length > 1200 && found.length < 10);
SCRIPT
node score.cjs 2>&1 | grep -v injected
