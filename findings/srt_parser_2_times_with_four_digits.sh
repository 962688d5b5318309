#!/usr/bin/env bash
# srt-parser-2 1.2.3: the last digit of "00:00:02.3333" becomes the first line of the text, and subtitles at "1:2:3.4" do not exist.
#
# It reads subtitles, also with incorrect times. Its documentation lists them: 00:00:00.3333 becomes 00:00:00,333, and 1:2:3.4 becomes
# 01:02:03,400.
# Expected: The times as listed, and the text as it is.
# Observed: The times are found by a pattern with three digits at most, so that the rest of the end time is text: "3\nI like it". A subtitle
# whose start time has four digits, or whose minutes have one, is appended to the text of the one before, with its number and times, and
# dropped if it is the first. Likewise, one subtitle with a comma makes all those with a period before it disappear.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit srt-parser-2@1.2.3 >/dev/null

cat > read.mjs <<'SCRIPT'
import assert from 'assert';
import fs from 'fs';
import Module from 'srt-parser-2';

const Parser = Module.default ?? Module;
const read = (...cues) => new Parser()
  .fromSrt(cues.map(([times, text], number) => `${number + 1}\n${times}\n${text}\n\n`).join(''))
  .map(({ startTime, endTime, text }) => [startTime, endTime, text]);
console.log('srt-parser-2', JSON.parse(fs.readFileSync('node_modules/srt-parser-2/package.json')).version);

const plain = read(['00:00:01,5 --> 00:00:02,33', 'I like it']);
const longEnd = read(['00:00:01.500 --> 00:00:02.3333', 'I like it']);
const longStart = read(['00:00:01,500 --> 00:00:02,500', 'I like it'], ['00:00:03,3333 --> 00:00:04,500', 'Bye']);
const short = read(['1:2:3.4 --> 1:2:4.4', 'I like it']);
const mixed = read(['00:00:01.500 --> 00:00:02.500', 'I like it'], ['00:00:03,500 --> 00:00:04,500', 'Bye']);
console.log(JSON.stringify({ plain, longEnd, longStart, short, mixed }, null, 1));
assert.deepStrictEqual(plain, [['00:00:01,500', '00:00:02,330', 'I like it']]);
assert.deepStrictEqual(longEnd, [['00:00:01,500', '00:00:02,333', '3\nI like it']]);
assert.deepStrictEqual(longStart, [['00:00:01,500', '00:00:02,500', 'I like it\n\n2\n00:00:03,3333 --> 00:00:04,500\nBye']]);
assert.deepStrictEqual(short, []);
assert.deepStrictEqual(mixed, [['00:00:03,500', '00:00:04,500', 'Bye']]);
SCRIPT
node read.mjs
