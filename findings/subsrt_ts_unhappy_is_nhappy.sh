#!/usr/bin/env bash
# subsrt-ts 2.1.2: parse() drops the first character of each subtitle of an ASS or SSA file: "Unhappy" becomes "nhappy".
#
# It reads, writes and converts subtitles in nine formats. Its documentation calls it a rewrite of subsrt in TypeScript.
# Expected: "Unhappy, with you", as by subsrt 1.1.1.
# Observed: "nhappy, with you", also in files that subsrt-ts itself has written from SRT, and in SRT files that it converts from them. If a
# subtitle starts with a style, as in "{\i1}Yes{\i0}", the bracket is lost, so that the style remains in the text: "\i1}Yes". Other formats
# are read correctly.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit subsrt-ts@2.1.2 subsrt@1.1.1 >/dev/null

cat > first.ass <<'ASS'
[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,Unhappy, with you
Dialogue: 0,0:00:03.05,0:00:04.00,Default,,0,0,0,,{\i1}Yes{\i0}
ASS
cat > read.mjs <<'SCRIPT'
import assert from 'assert';
import fs from 'fs';
import subsrt from 'subsrt';
import rewritten from 'subsrt-ts';

const texts = (captions) => captions.filter(caption => caption.type === 'caption').map(caption => caption.text.trim());
const ass = fs.readFileSync('first.ass', 'utf8');
console.log('subsrt-ts', JSON.parse(fs.readFileSync('node_modules/subsrt-ts/package.json')).version);
console.log('subsrt:', texts(subsrt.parse(ass)), 'subsrt-ts:', texts(rewritten.parse(ass)));
assert.deepStrictEqual(texts(subsrt.parse(ass)), ['Unhappy, with you', 'Yes']);
assert.deepStrictEqual(texts(rewritten.parse(ass)), ['nhappy, with you', '\\i1}Yes']);
const srt = '1\n00:00:01,000 --> 00:00:02,500\nUnhappy, with you\n';
assert.deepStrictEqual(texts(rewritten.parse(srt)), ['Unhappy, with you']);
for (const format of ['vtt', 'sbv', 'lrc', 'sub', 'ass', 'ssa']) {
  const again = texts(rewritten.parse(rewritten.convert(rewritten.convert(srt, { format }), { format: 'srt' })));
  console.log('from SRT to', format, 'and back:', again);
  assert.deepStrictEqual(again[0].split('\n')[0], format === 'ass' || format === 'ssa' ? 'nhappy, with you' : 'Unhappy, with you');
}
SCRIPT
node read.mjs
