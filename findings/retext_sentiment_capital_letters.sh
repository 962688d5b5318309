#!/usr/bin/env bash
# retext-sentiment 6.0.1: "Great, I love it" is scored without "Great": words with a capital letter have no sentiment.
#
# The plugin looks words up in AFINN-165, whose words are in lower case.
# Expected: "Terrible service" is as negative as "terrible service", and "I HATE it" as "I hate it".
# Observed: Words at the beginning of a sentence and words in capitals are not found: "Terrible. Awful. Hate it." is neutral. Only the search
# for "not" ignores the case.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{}' >package.json
npm install --silent --no-fund --no-audit retext-sentiment@6.0.1 retext-english@5.0.0 unified@11.0.5 >/dev/null

cat > capitals.mjs <<'SCRIPT'
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import english from 'retext-english';
import sentiment from 'retext-sentiment';
import { unified } from 'unified';

const processor = unified().use(english).use(sentiment);
const score = text => processor.runSync(processor.parse(text)).data.polarity;
console.log('retext-sentiment', JSON.parse(readFileSync('node_modules/retext-sentiment/package.json')).version);
for (const text of ['Terrible service', 'I HATE it', 'Terrible. Awful. Hate it.', 'Great day']) {
  const [observed, lowercase] = [score(text), score(text.toLowerCase())];
  console.log(text.padEnd(26), 'expected', lowercase, 'observed', observed);
  assert.strictEqual(observed, 0);
  assert(Math.abs(lowercase) >= 3);
}
SCRIPT
node capitals.mjs
