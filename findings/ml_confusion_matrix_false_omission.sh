#!/usr/bin/env bash
# ml-confusion-matrix 2.0.0 (mljs): getFalseOmissionRate() returns the false negative rate, 0.5 instead of 0.01.
#
# The false omission rate is the share of hateful posts among those predicted to be harmless: FN / (FN + TN). It is 1 minus the negative
# predictive value.
# Expected: 10 of the 990 posts that were predicted to be harmless are hateful: 0.0101.
# Observed: 0.5, which is FN / (FN + TP), the share of the hateful posts that were missed. getFalseNegativeRate() returns the same. The
# negative predictive value, 0.9899, is correct.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit ml-confusion-matrix@2.0.0 >/dev/null

cat > rates.cjs <<'SCRIPT'
const assert = require('assert');
const { ConfusionMatrix } = require('ml-confusion-matrix');

const posts = (label, predicted, count) => Array(count).fill([label, predicted]);
const all = [...posts('hateful', 'hateful', 10), ...posts('hateful', 'harmless', 10), ...posts('harmless', 'harmless', 980)];
const matrix = ConfusionMatrix.fromLabels(all.map(post => post[0]), all.map(post => post[1]));
const missed = all.filter(([label, predicted]) => label === 'hateful' && predicted === 'harmless').length;
const harmless = all.filter(([, predicted]) => predicted === 'harmless').length;
const seen = matrix.getFalseOmissionRate('hateful');
console.log('ml-confusion-matrix', require('ml-confusion-matrix/package.json').version);
console.log('labels', matrix.getLabels(), 'matrix', matrix.getMatrix());
console.log('false omission rate: expected', (missed / harmless).toFixed(4), 'observed', seen);
console.log('1 - negative predictive value:', (1 - matrix.getNegativePredictiveValue('hateful')).toFixed(4));
console.log('false negative rate:', matrix.getFalseNegativeRate('hateful'));
assert(missed === 10 && harmless === 990);
assert(Math.abs(1 - matrix.getNegativePredictiveValue('hateful') - missed / harmless) < 1e-9);
assert.strictEqual(seen, 0.5);
assert.strictEqual(seen, matrix.getFalseNegativeRate('hateful'));
SCRIPT
node rates.cjs
