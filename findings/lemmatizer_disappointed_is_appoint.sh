#!/usr/bin/env bash
# lemmatizer 0.0.1 (npm): lemmatizer("disappointed") is "appoint", "disliked" is "like", and "dissatisfied" is "satisfy".
#
# It reduces English words to the form in a dictionary. The example of its readme is "unconditionally", which becomes "condition".
# Expected: "disappoint", "dislike" and "dissatisfy": a prefix belongs to the word, and un- and dis- turn its meaning.
# Observed: Prefixes are removed as well as endings, so that most negative words become their opposite: "unhappier" is "happier", and
# "unloved" is "love". Words that only begin with such letters become other words: "dismissed" is "miss", "disasters" is "aster" (a flower),
# "understands" is "stand", and "unions" is "ion". wink-lemmatizer 3.0.4 keeps all prefixes.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit lemmatizer@0.0.1 wink-lemmatizer@3.0.4 >/dev/null

cat > reduce.cjs <<'SCRIPT'
const assert = require('assert');
const { lemmatizer } = require('lemmatizer');
const wink = require('wink-lemmatizer');

console.log('lemmatizer', require('lemmatizer/package.json').version);
const opposites = { disappointed: 'appoint', disliked: 'like', dissatisfied: 'satisfy', disagreed: 'agree', disrespected: 'respect' };
const others = { dismissed: 'miss', distressed: 'stress', understands: 'stand' };
for (const [word, lemma] of Object.entries({ ...opposites, ...others })) {
  console.log(word, lemmatizer(word), 'wink-lemmatizer:', wink.verb(word));
  assert.strictEqual(lemmatizer(word), lemma);
  assert.ok(/^(dis|under)/.test(wink.verb(word)));
}
for (const [word, lemma] of Object.entries({ unhappier: 'happier', unloved: 'love', disasters: 'aster', unions: 'ion' })) {
  console.log(word, lemmatizer(word));
  assert.strictEqual(lemmatizer(word), lemma);
}
for (const [word, lemma] of Object.entries({ hated: 'hate', felt: 'feel', leaves: 'leave', loving: 'love' })) {
  assert.strictEqual(lemmatizer(word), lemma);
}
SCRIPT
node reduce.cjs
