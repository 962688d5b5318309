#!/usr/bin/env bash
# krippendorff 0.1.0 (npm): alpha() changes from 0.77 to 1 if another rater comes first.
#
# Each row of its matrix has the ratings of one rater. Its README leaves out missing ratings at the end of a row.
# Expected: 0.77 for the same ratings in any order, as by krippendorff 0.9.0 of PyPI.
# Observed: The length of the first row is the number of posts. If the first rater stopped after two posts, the ratings of all others on the
# following posts are ignored, without an error: the only disagreement, about post 5, is not seen.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit krippendorff@0.1.0 >/dev/null
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check krippendorff==0.9.0 numpy==2.3.4

"$work/venv/bin/python" - <<'PYTHON'
import krippendorff
from numpy import nan

ratings = [[1, 2, 3, 1, 2], [1, 2, 3, 1, 3], [1, 2, nan, nan, nan]]
for rows in (ratings, ratings[::-1]):
    alpha = krippendorff.alpha(rows, level_of_measurement="nominal")
    print("krippendorff of PyPI:", round(alpha, 4))
    assert abs(alpha - 0.76596) < 1e-4
PYTHON
cat > agree.cjs <<'SCRIPT'
const assert = require('assert');
const { alpha } = require('krippendorff');

const first = [1, 2, 3, 1, 2];
const second = [1, 2, 3, 1, 3];
const stopped = [1, 2];
const filled = [1, 2, undefined, undefined, undefined];
console.log('krippendorff', require('krippendorff/package.json').version);
console.log('stopped early, last:', alpha([first, second, stopped]), 'first:', alpha([stopped, first, second]));
console.log('undefined added, first:', alpha([filled, first, second]));
assert.ok(Math.abs(alpha([first, second, stopped]) - 0.76596) < 1e-4);
assert.ok(Math.abs(alpha([filled, first, second]) - 0.76596) < 1e-4);
assert.strictEqual(alpha([stopped, first, second]), 1);
SCRIPT
node agree.cjs
