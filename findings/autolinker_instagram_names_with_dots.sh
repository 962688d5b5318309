#!/usr/bin/env bash
# autolinker 4.1.5: with mention: 'instagram', "@ana.lopez" is not found, while "@ana_lopez" is.
#
# It finds links, hashtags and mentions in posts, with the user names of a service. Names of Instagram have letters, digits, underscores and
# dots.
# Expected: "@ana.lopez" is found, as by autolinker 3.16.2, and as with mention: 'tiktok'.
# Observed: Dots belong to the characters of a mention, but not to those of a name of Instagram, so that neither "@ana.lopez" nor "@ana" is
# found. With mention: 'twitter', where names have no dots, the name in "@ana.Thank you" is not found for the same reason.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{}' >package.json
npm install --silent --no-fund --no-audit autolinker@4.1.5 autolinker-3@npm:autolinker@3.16.2 >/dev/null

cat > mentions.cjs <<'SCRIPT'
const assert = require('assert');
const four = require('autolinker').default;
const three = require('autolinker-3').default || require('autolinker-3');

const find = (Autolinker, service, text) => new Autolinker({ mention: service }).parse(text).map(match => match.getMatchedText());
const expected = { // in version 3 and in version 4
  instagram: {
    'Thanks @ana_lopez!': [['@ana_lopez'], ['@ana_lopez']],
    'Thanks @ana.lopez!': [['@ana.lopez'], []],
    'Thanks @ana.': [['@ana'], ['@ana']],
  },
  tiktok: { 'Thanks @ana.lopez!': [['@ana.lopez'], ['@ana.lopez']] },
  twitter: { 'By @ana.Thank you': [['@ana'], []] },
};
console.log('autolinker', four.version, 'and', three.version);
for (const [service, texts] of Object.entries(expected)) {
  for (const [text, [before, now]] of Object.entries(texts)) {
    const seen = [find(three, service, text), find(four, service, text)];
    console.log(service, JSON.stringify(text), three.version, seen[0], four.version, seen[1]);
    assert.deepStrictEqual(seen, [before, now]);
  }
}
SCRIPT
node mentions.cjs
