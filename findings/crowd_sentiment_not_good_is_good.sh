#!/usr/bin/env bash
# crowd-sentiment 1.1.7 (VADER for developers): "not good" is as positive as "good", and "I hate slack" is very positive.
#
# VADER never takes a word that has a score of its own for a negation. The lexicon of this package adds words of developers; among them are
# not (0), no (0) and slack (9; discord, github and twitter have 0).
# Expected: "This is not good" is negative, as "This isn't good". The name of a product adds nothing; VADER's scores end at 4.
# Observed: Because "not" has a score, it negates nothing: 0.44 with and without it. "slack" is worth more than "hate" takes away: 0.85.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{}' >package.json
npm install --silent --no-fund --no-audit crowd-sentiment@1.1.7 >/dev/null

cat > negation.cjs <<'SCRIPT'
const assert = require('assert');
const { SentimentIntensityAnalyzer } = require('crowd-sentiment');

const score = text => SentimentIntensityAnalyzer.polarity_scores(text).compound;
console.log('crowd-sentiment', require('crowd-sentiment/package.json').version);
const seen = {};
for (const text of ['This is good', 'This is not good', "This isn't good", 'This is never good', 'I hate discord', 'I hate slack']) {
  seen[text] = score(text);
  console.log(text.padEnd(20), seen[text]);
}
assert.strictEqual(seen['This is not good'], seen['This is good']);
assert(seen['This is good'] > 0.4);
assert(seen["This isn't good"] < -0.3 && seen['This is never good'] < -0.3);
assert(seen['I hate discord'] < -0.5 && seen['I hate slack'] > 0.8);
SCRIPT
node negation.cjs
