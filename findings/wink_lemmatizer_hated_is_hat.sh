#!/usr/bin/env bash
# wink-lemmatizer 3.0.4: verb("hated") and verb("hating") are "hat", and verb("scared") is "scar".
#
# verb(), noun() and adjective() reduce an English word to its form in WordNet.
# Expected: "hate" and "scare": a verb that doubles its last consonant, as "to hat", has the past "hatted".
# Observed: The ending -ed or -ing is removed first, and if what is left is in its list of verbs, -e is not tried. "hates" is "hate", so
# that forms of one verb are two words: "rated" is "rat", "shamed" is "sham", "raging" is "rag", and "hoping" is "hop", also the lemma of
# "hopping". The rules of WordNet itself replace -ed by -e before they remove it.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit wink-lemmatizer@3.0.4 >/dev/null

cat > reduce.cjs <<'SCRIPT'
const assert = require('assert');
const { verb } = require('wink-lemmatizer');

console.log('wink-lemmatizer', require('wink-lemmatizer/package.json').version);
const wrong = { hated: 'hat', hating: 'hat', scared: 'scar', rated: 'rat', shamed: 'sham', raging: 'rag', hoping: 'hop', tubed: 'tube' };
const right = { hates: 'hate', scares: 'scare', hopping: 'hop', loved: 'love', loving: 'love', voted: 'vote', cared: 'care' };
for (const [word, lemma] of Object.entries({ ...wrong, ...right })) {
  console.log(word, verb(word));
  assert.strictEqual(verb(word), lemma);
}
SCRIPT
node reduce.cjs
