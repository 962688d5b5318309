#!/usr/bin/env bash
# jstat 1.9.6: percentile([1, 2, 3, 4], 0.99) is 3, and quartiles([1, 2, 3, 4, 5]) is [1, 3, 4].
#
# percentile() interpolates between the two values next to the position, as numpy.percentile() and PERCENTILE.INC of Excel.
# Expected: 3.97. For symmetric values the quartiles are symmetric, by any definition: [2, 3, 4] or [1.5, 3, 4.5] for 1 to 5.
# Observed: Between the largest value but one and the largest one, the smaller of the two is returned: all percentiles of [0, 100] are 0
# below 1, where they are 100. Other positions are correct, so that percentile(values, 0.75) of four values is too small, and 0.25 is not.
# quartiles() rounds to a value and is one value too low at the first quartile: 1 is the minimum, while 4 is not the maximum.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit jstat@1.9.6 >/dev/null

cat > percentiles.cjs <<'SCRIPT'
const assert = require('assert');
const { jStat } = require('jstat');

const near = (seen, value) => assert.ok(Math.abs(seen - value) < 1e-9, String(seen));
console.log('jstat', require('jstat/package.json').version);
const observed = [
  [[1, 2, 3, 4], 0.99, 3, 3.97],
  [[1, 2, 3, 4], 0.75, 3, 3.25],
  [[1, 2, 3, 4], 0.25, 1.75, 1.75],
  [[0, 100], 0.5, 0, 50],
  [[0, 100], 0.99, 0, 99],
  [[0, 100], 1, 100, 100],
];
for (const [values, share, wrong, right] of observed) {
  const seen = jStat.percentile(values, share);
  const low = Math.min(Math.floor(share * (values.length - 1)), values.length - 2);
  const interpolated = values[low] + (share * (values.length - 1) - low) * (values[low + 1] - values[low]);
  console.log(values.join(' '), share, 'seen:', seen, 'interpolated:', interpolated);
  near(seen, wrong);
  near(interpolated, right);
}
console.log('median of 0 and 100:', jStat.median([0, 100]));
near(jStat.median([0, 100]), 50);
for (const [values, quartiles] of [[[1, 2, 3, 4, 5], [1, 3, 4]], [[-1, -2, -3, -4, -5], [-5, -3, -2]]]) {
  console.log(values.join(' '), 'quartiles:', jStat.quartiles(values));
  assert.deepStrictEqual(jStat.quartiles(values), quartiles);
}
SCRIPT
node percentiles.cjs
