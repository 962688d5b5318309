#!/usr/bin/env bash
# upng-js 2.1.0: the rows of a black-and-white PNG are shifted if the width is no multiple of 8.
#
# Drawings, scanned texts and QR codes are often saved as PNGs with one bit for each pixel. Every row begins with a new byte.
# Expected: A vertical line stays vertical, as in pngjs.
# Observed: toRGBA8() reads a row from where the one above ended, in the bits that only fill up its last byte. The line of a picture that is
# 10 pixels wide falls apart. With a width of 16 it is correct. Greys of two and four bits are read in the same way.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{}' >package.json
npm install --silent --no-fund --no-audit upng-js@2.1.0 pngjs@7.0.0 >/dev/null

cat > rows.cjs <<'SCRIPT'
const assert = require('assert');
const zlib = require('zlib');
const { PNG } = require('pngjs');
const UPNG = require('upng-js');

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function verticalLine(width, height) { // column 2 is black, everything else white; one bit for each pixel
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1; // bits; the colour type is 0, grey
  const row = [0, 0b11011111, 0b11111111]; // no filter, then the pixels
  const pixels = Buffer.from(Array(height).fill(row).flat());
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', zlib.deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))]);
}

function rows(rgba, width) {
  const text = Array.from({ length: rgba.length / 4 }, (_, pixel) => (rgba[4 * pixel] ? '.' : '#')).join('');
  return text.match(new RegExp('.{' + width + '}', 'g'));
}

console.log('upng-js', require('upng-js/package.json').version);
const seen = {};
for (const width of [10, 16]) {
  const file = verticalLine(width, 4);
  const expected = rows(PNG.sync.read(file).data, width);
  const image = UPNG.decode(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
  seen[width] = rows(new Uint8Array(UPNG.toRGBA8(image)[0]), width);
  console.log('width', width, 'expected', expected, 'observed', seen[width]);
  assert.deepStrictEqual(expected, Array(4).fill('..#' + '.'.repeat(width - 3)));
}
assert.deepStrictEqual(seen[16], Array(4).fill('..#.............'));
assert.strictEqual(seen[10][0], '..#.......');
assert.strictEqual(new Set(seen[10]).size, 4);
SCRIPT
node rows.cjs
