#!/usr/bin/env bash
# compromise 14.17.0: the value of "20k" is 20, of "-10" 10 and of "3/4" 3; "twenty thousand" and "minus ten" are right.
#
# numbers() finds the written and numeric numbers of a text, get() returns each as "a simple javascript number", and greaterThan(1000)
# returns the numbers above 1000.
# Expected: A number has the same value in digits and in words: "20k" is 20000, like "twenty thousand", and "-10" is "minus ten".
# Observed: Everything before and after the digits is left out of the value: the minus sign, "k", "m", "bn" and "/4". greaterThan(1000)
# does not return "20k followers", lessThan(0) does not return "-10", and increment() turns -10 into -11.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit compromise@14.17.0 >/dev/null

cat > numbers.cjs <<'SCRIPT'
const assert = require('assert');
const nlp = require('compromise');

const value = text => nlp(text).numbers().get()[0];
console.log('compromise', nlp.version);
const pairs = [
  ['it has 20k followers', 20, 'it has twenty thousand followers', 20000],
  ['1.5m views', 1.5, '1.5 million views', 1500000],
  ['$3.2bn', 3.2, '3.2 billion dollars', 3200000000],
  ['it was -10 today', 10, 'it was minus ten today', -10],
  ['3/4 of them', 3, 'three quarters of them', 0.75],
];
for (const [digits, seen, words, guessed] of pairs) {
  console.log(`${digits}: ${value(digits)}; ${words}: ${value(words)}`);
  assert.strictEqual(value(digits), seen);
  assert.strictEqual(value(words), guessed);
}
const large = text => nlp(text).numbers().greaterThan(1000).found, small = text => nlp(text).numbers().lessThan(0).found;
console.log('more than 1000:', pairs.slice(0, 3).map(([digits, , words]) => [large(digits), large(words)]));
console.log('less than 0:', small(pairs[3][0]), small(pairs[3][2]));
assert(pairs.slice(0, 3).every(([digits, , words]) => !large(digits) && large(words)));
assert(!small(pairs[3][0]) && small(pairs[3][2]));
const more = nlp('it was -10 today');
more.numbers().increment();
console.log('-10 and 1 more:', more.text());
assert.strictEqual(more.text(), 'it was -11 today');
SCRIPT
node numbers.cjs
