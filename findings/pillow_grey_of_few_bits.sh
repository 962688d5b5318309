#!/usr/bin/env bash
# pillow 13.0.0: the transparent colour of a PNG with 4 or 16 greys is not transparent, unless it is black.
#
# A grey PNG may name one grey as transparent. Tools that shrink PNGs store drawings with few greys in 2 or 4 bits for each pixel.
# Expected: convert("RGBA") makes all pixels of this grey transparent, as in pngjs and in a PNG of 8 bits.
# Observed: All pixels are opaque. Pillow scales the pixels to 8 bits, where grey 3 of 0 to 15 is 51, but info["transparency"] remains 3, so
# no pixel equals it. A white background that is transparent becomes white in the image, without an error. With 1 and 8 bits it is
# correct.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0
cd "$work"
echo '{}' >package.json
npm install --silent --no-fund --no-audit pngjs@7.0.0 >/dev/null

"$work/venv/bin/python" - <<'PYTHON'
import io
import struct
import subprocess
import zlib

import PIL
from PIL import Image

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

def png(bits, greys, clear):
    """One row of greys, one of which is transparent."""
    digits = "".join(format(grey, f"0{bits}b") for grey in greys)
    row = int(digits, 2).to_bytes(len(digits) // 8, "big")
    return b"\x89PNG\r\n\x1a\n" + b"".join([
        chunk(b"IHDR", struct.pack(">IIBBBBB", len(greys), 1, bits, 0, 0, 0, 0)),
        chunk(b"tRNS", struct.pack(">H", clear)),
        chunk(b"IDAT", zlib.compress(b"\0" + row)),
        chunk(b"IEND", b""),
    ])

SCRIPT = """
const data = require('pngjs').PNG.sync.read(require('fs').readFileSync('row.png')).data;
console.log(Array.from(data).filter((_, at) => at % 4 === 3).join(' '));
"""

def alphas(file):
    """The alpha of each pixel in Pillow and in pngjs."""
    with open("row.png", "wb") as opened:
        opened.write(file)
    seen = Image.open(io.BytesIO(file)).convert("RGBA").getchannel("A").tobytes()
    expected = subprocess.run(["node", "-e", SCRIPT], capture_output=True, text=True, check=True).stdout
    return list(seen), [int(alpha) for alpha in expected.split()]

print("pillow", PIL.__version__)
for bits in (1, 2, 4, 8):
    white = 2**bits - 1
    for clear in sorted({0, white // 2, white}):
        greys = [0, white // 2, white, white] * 2
        seen, expected = alphas(png(bits, greys, clear))
        print(bits, "bits, transparent:", clear, "of", white, "expected", expected[:4], "observed", seen[:4])
        assert expected == [0 if grey == clear else 255 for grey in greys]
        assert seen == ([255] * 8 if bits in (2, 4) and clear else expected)
PYTHON
