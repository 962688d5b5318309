#!/usr/bin/env bash
# ml-cart 2.1.1 (mljs): a regression tree of posts with 1 and with 5 stars, which one word separates, predicts 3 for all of them.
#
# DecisionTreeRegression makes the split with the smallest squared error, as long as there is something to gain and more than
# minNumSamples posts are left.
# Expected: 1 and 5: one split leaves no error.
# Observed: 3, because the error that remains after a split is taken for its gain. If nothing remains, the split is not made. With a little
# noise the same tree is right, and DecisionTreeClassifier is correct.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit ml-cart@2.1.1 >/dev/null

cat > train.cjs <<'SCRIPT'
const assert = require('assert');
const { DecisionTreeClassifier, DecisionTreeRegression } = require('ml-cart');

const words = Array.from({ length: 40 }, (_, post) => [post < 20 ? 0 : 1]); // how often the post has the word
const stars = words.map(([count]) => (count ? 5 : 1));
const noisy = stars.map((value, post) => value + (post % 2 ? 0.1 : -0.1));
const predict = (tree, values) => {
  tree.train(words, values);
  return tree.predict([[0], [1]]).map(value => Math.round(value * 1000) / 1000);
};
const seen = {
  regression: predict(new DecisionTreeRegression(), stars),
  'regression with noise': predict(new DecisionTreeRegression(), noisy),
  classification: predict(new DecisionTreeClassifier(), stars),
};
console.log('ml-cart', require('ml-cart/package.json').version, seen);
assert.deepStrictEqual(Object.values(seen), [[3, 3], [1, 5], [1, 5]]);
SCRIPT
node train.cjs
