#!/usr/bin/env bash
# sentiment 5.0.2 (AFINN for Node.js): the extra words of one call change the scores of all later texts, in all instances.
#
# analyze(text, { extras }) takes words and scores "to add or overwrite" for this text.
# Expected: A text that is analysed without extras has the score of AFINN.
# Observed: After one text with { sick: 3 }, "this is sick" changes from -2 to 3 for this instance, for others and for new ones, until the
# process ends. The scores of posts depend on which were analysed before.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{}' >package.json
npm install --silent --no-fund --no-audit sentiment@5.0.2 >/dev/null

cat > extras.cjs <<'SCRIPT'
const assert = require('assert');
const Sentiment = require('sentiment');

const news = new Sentiment();
const skateboarders = new Sentiment();
const before = news.analyze('this is sick').score;
const withExtras = skateboarders.analyze('what a sick trick', { extras: { sick: 3 } }).score;
const after = [skateboarders, news, new Sentiment()].map(sentiment => sentiment.analyze('this is sick').score);
console.log('sentiment', require('sentiment/package.json').version);
console.log('"this is sick":', before, 'then a text with extras:', withExtras);
console.log('"this is sick" again, in three instances: expected', [before, before, before], 'observed', after);
assert.strictEqual(before, -2);
assert.strictEqual(withExtras, 3);
assert.deepStrictEqual(after, [3, 3, 3]);
SCRIPT
node extras.cjs
