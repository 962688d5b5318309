#!/usr/bin/env bash
# upng-js 2.1.0 and @pdf-lib/upng 1.0.1: a grey PNG whose transparent colour is black has no transparent pixels.
#
# A grey PNG without an alpha channel may name one grey as transparent. Tools that shrink PNGs store stickers and logos in this way.
# Expected: If black is the transparent colour, black pixels have alpha 0, as in pngjs.
# Observed: Their alpha is 255, so the sticker has a black background. With any other grey, the alpha is 0: the number of the colour, 0 for
# black, is taken for "none".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{}' >package.json
npm install --silent --no-fund --no-audit upng-js@2.1.0 @pdf-lib/upng@1.0.1 pngjs@7.0.0 >/dev/null

cat > transparent.cjs <<'SCRIPT'
const assert = require('assert');
const zlib = require('zlib');
const { PNG } = require('pngjs');
const pdfLib = require('@pdf-lib/upng');

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), Buffer.from(data)]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function sticker(background) { // 4 x 1 grey pixels of 8 bits: two of the background, which is transparent, and two of 200
  const header = Buffer.from([0, 0, 0, 4, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
  const pixels = zlib.deflateSync(Buffer.from([0, background, background, 200, 200]));
  const chunks = [chunk('IHDR', header), chunk('tRNS', [0, background]), chunk('IDAT', pixels), chunk('IEND', [])];
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), ...chunks]);
}

const alpha = rgba => Array.from(rgba).filter((_, index) => index % 4 === 3);
for (const [name, upng] of [['upng-js', require('upng-js')], ['@pdf-lib/upng', pdfLib.default || pdfLib]]) {
  console.log(name, require(name + '/package.json').version);
  const seen = {};
  for (const background of [0, 100]) {
    const file = sticker(background);
    const image = upng.decode(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
    const expected = alpha(PNG.sync.read(file).data);
    seen[background] = alpha(new Uint8Array(upng.toRGBA8(image)[0]));
    console.log('  transparent grey', background, 'expected alpha', expected, 'observed', seen[background]);
    assert.deepStrictEqual(expected, [0, 0, 255, 255]);
  }
  assert.deepStrictEqual(seen[100], [0, 0, 255, 255]);
  assert.deepStrictEqual(seen[0], [255, 255, 255, 255]);
}
SCRIPT
node transparent.cjs
