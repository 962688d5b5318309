#!/usr/bin/env bash
# nzh 1.0.14: decodeS("两百") (two hundred) is 0, and decodeS("一万两千") (12,000) is 10000.
#
# It converts between digits and Chinese numbers, also colloquial ones according to its README.
# Expected: 200 and 12000, as by cn2an 0.5.24: before hundreds and thousands, 两 is the usual word for two; or an error.
# Observed: 两 is skipped together with the unit after it, so that "两万三千" (23,000) is 3000. "二百" is 200. A colloquial number without its last
# unit is read literally: "三千五" (3500) is 3005, although 3005 needs a zero: "三千零五".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit nzh@1.0.14 >/dev/null
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cn2an==0.5.24

cat > decode.cjs <<'SCRIPT'
const assert = require('assert');
const { cn } = require('nzh');

console.log('nzh', JSON.parse(require('fs').readFileSync('node_modules/nzh/package.json')).version);
const wrong = { 两百: 0, 两万: 0, 一万两千: 10000, 两万三千: 3000, 两千零五: 5, 三千五: 3005 };
const right = { 二百: 200, 一万二千: 12000, 二万三千: 23000, 二千零五: 2005, 三千零五: 3005, 三千五百: 3500 };
for (const [word, number] of Object.entries({ ...wrong, ...right })) {
  console.log(word, cn.decodeS(word));
  assert.strictEqual(cn.decodeS(word), number);
}
SCRIPT
node decode.cjs
"$work/venv/bin/python" -W ignore - <<'PYTHON'
import cn2an

expected = {"两百": 200, "两万": 20000, "一万两千": 12000, "两万三千": 23000, "两千零五": 2005, "三千五": 3500}
seen = {word: cn2an.cn2an(word, "smart") for word in expected}
print("cn2an:", seen)
assert seen == expected
PYTHON
