#!/usr/bin/env bash
# @plussub/srt-vtt-parser 2.0.5: a cue of WebVTT that ends at "00:04.000 line:0" (4 seconds) ends after 4 minutes.
#
# It reads the cues of SRT and WebVTT files. WebVTT leaves out the hours below one hour, and has settings after the end time.
# Expected: 4000 ms, as without settings or with "00:00:04.000 line:0". A cue without text is a cue without text.
# Observed: The time is split together with the settings: the end is 240000 ms with "line:0", and NaN with "align:start", without an error.
# A cue without text takes the next one as its text, "3\n00:00:05,000 --> ..." included, in both formats.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit @plussub/srt-vtt-parser@2.0.5 >/dev/null

cat > read.mjs <<'SCRIPT'
import assert from 'assert';
import fs from 'fs';
import { parse } from '@plussub/srt-vtt-parser';

console.log('@plussub/srt-vtt-parser', JSON.parse(fs.readFileSync('node_modules/@plussub/srt-vtt-parser/package.json')).version);
const ends = {
  '00:04.000': 4000,
  '00:00:04.000 line:0': 4000,
  '00:00:04.000 align:start': 4000,
  '00:04.000 line:0': 240000,
  '00:04.000 align:start': NaN,
};
for (const [end, seen] of Object.entries(ends)) {
  const { entries } = parse(`WEBVTT\n\n00:03.000 --> ${end}\nI like it\n`);
  console.log(end, 'is read as', entries[0].to, 'ms');
  assert.deepStrictEqual(entries, [{ id: '', from: 3000, to: seen, text: 'I like it' }]);
}
const cue = (number, text) => `${number}\n00:00:0${number},000 --> 00:00:0${number},900\n${text}\n`;
const texts = parse(cue(1, 'I like it\n') + cue(2, '') + cue(3, 'I hate it\n') + cue(4, 'Bye\n')).entries.map(entry => entry.text);
console.log(texts);
assert.deepStrictEqual(texts, ['I like it', '\n3\n00:00:03,000 --> 00:00:03,900\nI hate it', 'Bye']);
SCRIPT
node read.mjs
