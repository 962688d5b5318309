#!/usr/bin/env bash
# ml-logistic-regression 2.0.0 (mljs) has no intercept: trained on the stars of reviews, it predicts "positive" for one star.
#
# train() learns the classes of rows of numbers. The documentation calls it "an implementation of the logistic regression".
# Expected: Trained on 20 negative reviews with 1 or 2 stars and 20 positive ones with 4 or 5, it separates them, because the model has
# an intercept beside its weights, as in other libraries.
# Observed: There is no intercept, no option for one, and no word about it in the documentation. A review with 0 stars always has the
# probability 0.5, so all reviews with stars get the same class: half of the training data is wrong, after any number of steps. With
# a column of ones added by hand, all are right.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit ml-logistic-regression@2.0.0 ml-matrix@6.12.1 >/dev/null

cat > stars.cjs <<'SCRIPT'
const assert = require('assert');
const imported = require('ml-logistic-regression');
const LogisticRegression = imported.default || imported;
const { Matrix } = require('ml-matrix');

const stars = Array.from({ length: 40 }, (_, post) => [1, 2, 4, 5][post % 4]);
const labels = Matrix.columnVector(stars.map(star => Number(star > 3)));
const predicted = (rows, numSteps) => {
  const model = new LogisticRegression({ numSteps, learningRate: 0.01 });
  model.train(new Matrix(rows(stars)), labels);
  return model.predict(new Matrix(rows([1, 2, 4, 5])));
};
const alone = stars => stars.map(star => [star]), withOnes = stars => stars.map(star => [star, 1]);
console.log('ml-logistic-regression', require('ml-logistic-regression/package.json').version);
for (const steps of [1000, 100000]) {
  const classes = predicted(alone, steps);
  console.log(steps, 'steps, classes of 1, 2, 4 and 5 stars:', classes, 'with a column of ones:', predicted(withOnes, steps));
  assert.deepStrictEqual(classes, [1, 1, 1, 1]);
}
assert.deepStrictEqual(predicted(withOnes, 100000), [0, 0, 1, 1]);
SCRIPT
node stars.cjs
