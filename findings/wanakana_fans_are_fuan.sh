#!/usr/bin/env bash
# wanakana 5.3.1: toRomaji("ファン") (fan) is "fuan", as if it were フアン, and that of "メディア" (media) is "medeia".
#
# It converts between kana and romaji. A small vowel after a kana is one syllable with it: ファ is "fa", フアン without it is "fuan", and
# ふあん (不安) means anxiety. toKatakana() reads "fan" as ファン, and "vaiorin" as ヴァイオリン.
# Expected: "fan", and a word that toRomaji() has written is read back as itself.
# Observed: Most small vowels are written as full ones, so that "fan" and "anxiety" are the same word. フォロー (to follow) is "fuoroo",
# カフェ (café) is "kafye", パーティー (party) is "paateii", and ウェブ (web) is "uebu". A small e after
# sh, ch and j is correct, as in シェフ (chef).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit wanakana@5.3.1 >/dev/null

cat > convert.cjs <<'SCRIPT'
const assert = require('assert');
const { toKatakana, toRomaji } = require('wanakana');

console.log('wanakana', require('wanakana/package.json').version);
const wrong = { ファン: 'fuan', フォロー: 'fuoroo', カフェ: 'kafye', メディア: 'medeia', パーティー: 'paateii', ウェブ: 'uebu' };
const right = { フアン: 'fuan', シェフ: 'shefu', ジェット: 'jetto', チェック: 'chekku', ニャン: 'nyan' };
for (const [word, romaji] of Object.entries({ ...wrong, ...right })) {
  console.log(word, toRomaji(word));
  assert.strictEqual(toRomaji(word), romaji);
}
console.log('fan', toKatakana('fan'), 'and back', toRomaji(toKatakana('fan')));
assert.strictEqual(toKatakana('fan'), 'ファン');
assert.strictEqual(toRomaji('ファン'), toRomaji('ふあん'));
SCRIPT
node convert.cjs
