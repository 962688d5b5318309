#!/usr/bin/env bash
# sharp-phash 2.2.0 and the hash of jimp 1.6.1: all stickers with black lines on a transparent background have the same hash.
#
# Hashes are used to find posts with the same image. Stickers and drawings are PNGs with a transparent background, which is stored as
# (0, 0, 0, 0).
# Expected: Two different drawings have different hashes, as on a white background, and as with image-hash and imghash.
# Observed: The transparency is dropped, which leaves black on black: all bits are 0, and the distance of any two drawings is 0.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit sharp-phash@2.2.0 sharp@0.35.5 jimp@1.6.1 image-hash@7.0.1 >/dev/null

cat > hash.mjs <<'SCRIPT'
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import imageHash from 'image-hash';
import { Jimp } from 'jimp';
import sharp from 'sharp';
import phash from 'sharp-phash';

const drawings = {
  face: '<circle cx="64" cy="64" r="52" fill="none" stroke="black" stroke-width="8"/><path d="M36 80h56" stroke="black" stroke-width="8"/>',
  house: '<path d="M20 60L64 16L108 60V112H20Z" fill="none" stroke="black" stroke-width="8"/><path d="M54 112V80h20v32"/>',
};
const version = name => `${name} ${JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version}`;
console.log(['sharp-phash', 'jimp', 'image-hash'].map(version).join(', '));
const seen = {};
for (const [name, drawing] of Object.entries(drawings)) {
  const sticker = sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128">${drawing}</svg>`)).png();
  const images = { transparent: sticker, white: sticker.clone().flatten({ background: 'white' }) };
  for (const [ground, image] of Object.entries(images)) {
    const png = await image.toBuffer();
    const other = await new Promise((done, fail) =>
      imageHash.imageHash({ data: png, ext: 'image/png' }, 8, true, (error, hash) => (error ? fail(error) : done(hash))));
    seen[`${name} ${ground}`] = [parseInt(await phash(png), 2).toString(16), (await Jimp.read(png)).hash(), other];
  }
}
console.table(seen);
const same = (ground, number) => seen[`face ${ground}`][number] === seen[`house ${ground}`][number];
assert.deepEqual([0, 1, 2].map(number => same('white', number)), [false, false, false]);
assert.deepEqual([0, 1, 2].map(number => same('transparent', number)), [true, true, false]);
SCRIPT
node hash.mjs
