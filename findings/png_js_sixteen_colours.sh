#!/usr/bin/env bash
# png-js 2.0.0: PNGs of up to 16 colours (4 bits or fewer for each pixel) or of 16 bits have wrong pixels, without an error.
#
# Screenshots and drawings with few colours are stored with one, two or four bits for each pixel by most tools that shrink PNGs.
# Expected: The pixels of the picture, as in pngjs, or an error.
# Observed: decode() takes each byte for one pixel, so that a picture of 16 colours has half as many pixels as it should, and the rest is
# transparent. Of a picture with 16 bits, it takes both bytes of a colour for two colours. With 8 bits, the same picture is correct.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{}' >package.json
npm install --silent --no-fund --no-audit png-js@2.0.0 pngjs@7.0.0 >/dev/null

cat > colours.cjs <<'SCRIPT'
const assert = require('assert');
const fs = require('fs');
const zlib = require('zlib');
const PngJs = require('png-js');
const { PNG } = require('pngjs');

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

function png(bits, type, rows, palette) { // of 4 x 2 pixels
  const header = Buffer.from([0, 0, 0, 4, 0, 0, 0, 2, bits, type, 0, 0, 0]);
  const pixels = zlib.deflateSync(Buffer.from(rows.map(row => [0, ...row]).flat()));
  const chunks = [chunk('IHDR', header), ...(palette ? [chunk('PLTE', palette)] : []), chunk('IDAT', pixels), chunk('IEND', [])];
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), ...chunks]);
}

const colours = [255, 255, 255, 255, 0, 0, 0, 0, 255]; // white, red, blue
const red = [255, 255, 0, 0, 0, 0];
const white = Array(6).fill(255);
const files = { // the first row is white, red, red, white; the second is white
  '8 bits, palette': png(8, 3, [[0, 1, 1, 0], [0, 0, 0, 0]], colours),
  '4 bits, palette': png(4, 3, [[0x01, 0x10], [0x00, 0x00]], colours),
  '16 bits, RGB': png(16, 2, [[...white, ...red, ...red, ...white], [...white, ...white, ...white, ...white]]),
};
const names = { '255,255,255,255': 'white', '255,0,0,255': 'red' };
const pixels = rgba => Array.from({ length: 8 }, (_, pixel) => Array.from(rgba.slice(4 * pixel, 4 * pixel + 4)).join())
  .map(pixel => names[pixel] || pixel);

(async () => {
  console.log('png-js', JSON.parse(fs.readFileSync('node_modules/png-js/package.json')).version);
  for (const [kind, file] of Object.entries(files)) {
    const expected = pixels(PNG.sync.read(file).data);
    const seen = pixels(await new Promise(resolve => new PngJs(file).decode(resolve)));
    console.log(kind, '\n  expected', expected.join(' '), '\n  observed', seen.join(' '));
    assert.deepStrictEqual(expected, ['white', 'red', 'red', 'white', 'white', 'white', 'white', 'white']);
    if (kind.startsWith('8')) assert.deepStrictEqual(seen, expected);
    else assert(seen.filter((pixel, index) => pixel !== expected[index]).length >= 4);
  }
})();
SCRIPT
node colours.cjs
