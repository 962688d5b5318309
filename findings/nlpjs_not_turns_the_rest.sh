#!/usr/bin/env bash
# @nlpjs/sentiment 4.26.1 (NLP.js): after one "not", all following words of the text are negated.
#
# It adds up the scores of words and inverts words after a negation.
# Expected: The negation applies to the next word, or to the rest of its sentence.
# Observed: "It is not far. The food is great and the people are lovely" is negative, but positive without the first sentence. "not
# far. The food is horrible" is positive. A second "not" changes nothing.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit @nlpjs/sentiment@4.26.1 @nlpjs/lang-en@4.26.1 @nlpjs/core@4.26.1 >/dev/null

cat > score.cjs <<'SCRIPT'
const assert = require('assert');
const { containerBootstrap } = require('@nlpjs/core');
const { LangEn } = require('@nlpjs/lang-en');
const { SentimentAnalyzer } = require('@nlpjs/sentiment');
(async () => {
  const container = await containerBootstrap();
  container.use(LangEn);
  const analyzer = new SentimentAnalyzer({ container });
  const score = async utterance => (await analyzer.process({ locale: 'en', utterance })).sentiment;
  console.log('@nlpjs/sentiment', require('@nlpjs/sentiment/package.json').version);
  const good = 'The food is great and the people are lovely', bad = 'The food is horrible';
  const votes = [];
  for (const text of [good, `It is not far. ${good}`, bad, `It is not far. ${bad}`, `It is not far, and not new. ${bad}`]) {
    const { score: value, vote } = await score(text);
    console.log(vote, value.toFixed(3), text);
    votes.push(vote);
  }
  assert.deepStrictEqual(votes, ['positive', 'negative', 'negative', 'positive', 'positive']);
})();
SCRIPT
node score.cjs
