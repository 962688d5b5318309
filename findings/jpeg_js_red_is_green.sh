#!/usr/bin/env bash
# jpeg-js 0.4.4 and jimp 1.6.1: in JPEGs that store red, green and blue, red is read as green and white as pink.
#
# Most JPEGs store brightness and two colour differences (YCbCr). Some drawings and screenshots are stored as RGB, which keeps coloured edges
# sharp (cjpeg -rgb, keep_rgb of Pillow). Adobe's marker in the file says so, with the transform 0.
# Expected: The colours of the picture, as in Pillow and other readers that use libjpeg.
# Observed: jpeg-js takes the transform 0 for a missing marker and converts RGB as if it were YCbCr. Its option colorTransform: false gives
# the right colours here, but wrong ones for all other JPEGs. Jimp uses jpeg-js.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0
cd "$work"
echo '{}' >package.json
npm install --silent --no-fund --no-audit jpeg-js@0.4.4 jimp@1.6.1 >/dev/null

"$work/venv/bin/python" - <<'PYTHON'
import io

from PIL import Image

for name in ("red", "blue", "white"):
    picture = Image.new("RGB", (16, 16), name)
    for keep in (True, False):
        file = f"{name}-{'rgb' if keep else 'ycbcr'}.jpg"
        picture.save(file, quality=95, keep_rgb=keep)
        read = Image.open(file).convert("RGB").getpixel((8, 8))
        assert max(abs(a - b) for a, b in zip(read, picture.getpixel((8, 8)))) <= 2  # Pillow reads both
PYTHON

cat > colours.mjs <<'SCRIPT'
import assert from 'assert';
import fs from 'fs';
import { createRequire } from 'module';
import { Jimp } from 'jimp';
const require = createRequire(import.meta.url);
const jpeg = require('jpeg-js');

const colours = { red: [255, 0, 0], blue: [0, 0, 255], white: [255, 255, 255] };
const near = (first, second) => first.every((value, band) => Math.abs(value - second[band]) <= 2);
const seen = {};
console.log('jpeg-js', require('jpeg-js/package.json').version);
for (const [name, colour] of Object.entries(colours)) {
  for (const kind of ['ycbcr', 'rgb']) {
    const file = fs.readFileSync(`${name}-${kind}.jpg`);
    const pixel = Array.from(jpeg.decode(file).data.subarray(0, 3));
    const forced = Array.from(jpeg.decode(file, { colorTransform: false }).data.subarray(0, 3));
    const inJimp = Array.from((await Jimp.read(file)).bitmap.data.subarray(0, 3));
    console.log(name, 'stored as', kind, 'expected', colour, 'observed', pixel, 'with colorTransform: false', forced);
    assert(near(inJimp, pixel));
    assert.strictEqual(near(pixel, colour), kind === 'ycbcr');
    assert.strictEqual(near(forced, colour), kind === 'rgb');
    seen[name + kind] = pixel;
  }
}
assert(near(seen.redrgb, [75, 255, 28]) && near(seen.bluergb, [178, 0, 0]) && near(seen.whitergb, [255, 120, 255]));
SCRIPT
node colours.mjs
