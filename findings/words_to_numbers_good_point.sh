#!/usr/bin/env bash
# words-to-numbers 1.5.1 turns "Good point!" into "Good 0!", "there is no point" into "there is no 0" and "half a point" into "half 1".
#
# It writes the numbers of a text in digits: "I give it two stars" becomes "I give it 2 stars", and "one point five" becomes "1.5".
# Expected: "point" is part of a number only between two numbers, as in the documentation.
# Observed: "point" alone is the number 0, as in "turning point". After a number it is dropped: "the three point shot" becomes
# "the 3 shot". The article "a" is always 1: "It was a bad day" becomes "It was 1 bad day".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit words-to-numbers@1.5.1 >/dev/null

cat > convert.cjs <<'SCRIPT'
const assert = require('assert');
const { wordsToNumbers } = require('words-to-numbers');

console.log('words-to-numbers', require('words-to-numbers/package.json').version);
const changed = {
  'Good point!': 'Good 0!',
  'there is no point in going': 'there is no 0 in going',
  'the turning point of the film': 'the turning 0 of the film',
  'half a point': 'half 1',
  'the three point shot': 'the 3 shot',
  'It was a bad day': 'It was 1 bad day',
};
const right = {
  'I give it two stars': 'I give it 2 stars',
  'one point five stars': '1.5 stars',
  'no points for you': 'no points for you',
};
for (const [text, seen] of Object.entries({ ...changed, ...right })) {
  console.log(text, '->', wordsToNumbers(text));
  assert.strictEqual(wordsToNumbers(text), seen);
}
SCRIPT
node convert.cjs
