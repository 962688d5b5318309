#!/usr/bin/env bash
# linkify-plugin-hashtag 4.3.3: "#खुशी" (joy) and "#खेद" (regret) in Hindi posts are both found as "#ख".
#
# linkifyjs finds links and, with this plugin, hashtags in many languages: "#Glücklich", "#日本語" and "#سعادة" are found completely.
# Expected: Hashtags in Hindi, Bengali, Tamil and Thai are found completely too, as by twitter-text.
# Observed: They end at the first vowel sign, often after the first letter, so counts merge many hashtags into one. Arabic with vowel
# signs is cut too.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit linkifyjs@4.3.3 linkify-plugin-hashtag@4.3.3 twitter-text@3.1.0 >/dev/null

cat > find.mjs <<'SCRIPT'
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { find } from 'linkifyjs';
import 'linkify-plugin-hashtag';
import twitter from 'twitter-text';

const version = name => `${name} ${JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version}`;
console.log(['linkifyjs', 'linkify-plugin-hashtag', 'twitter-text'].map(version).join(', '));
const seen = text => find(text, 'hashtag').map(found => found.value);
const guessed = text => twitter.extractHashtags(text).map(tag => '#' + tag);
const whole = '#happy #Glücklich #日本語 #سعادة #счастье';
const hindi = '#खुशी #खराब #खूबसूरत #खेद';
const others = '#সুখ #செய்தி #ความสุข #مُحَمَّد';
for (const text of [whole, hindi, others]) console.log(text, '\n  twitter-text:', ...guessed(text), '\n  linkify:     ', ...seen(text));
assert.deepEqual([whole, hindi, others].map(guessed), [whole, hindi, others].map(text => text.split(' ')));
assert.deepEqual(seen(whole), whole.split(' '));
assert.deepEqual(seen(hindi), ['#ख', '#खर', '#ख', '#ख']);
assert.deepEqual(seen(others), ['#স', '#ச', '#ความส', '#م']);
SCRIPT
node find.mjs
