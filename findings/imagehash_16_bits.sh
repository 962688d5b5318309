#!/usr/bin/env bash
# imagehash 4.3.2: different 16-bit PNGs have the same hash.
#
# Scans, medical and scientific images are often 16-bit greyscale PNGs. Hashes are used to find copies of images.
# Expected: The hash of the same image in 8 bits.
# Observed: All pixels above 255 of 65,535 become white before hashing, so average_hash(), phash() and dhash() of any two such images
# are equal: a difference of 0, where in 8 bits it is at least 28 of 64.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check imagehash==4.3.2 pillow==13.0.0 numpy==2.4.6

"$work/venv/bin/python" - <<'PYTHON'
import io
from importlib.metadata import version

import imagehash
import numpy as np
from PIL import Image

def image(seed, bits):
    """An image of 8 by 8 random squares, between 1/32 and 1 of full brightness."""
    squares = np.random.default_rng(seed).integers(8, 256, (8, 8))
    pixels = np.kron(squares, np.ones((16, 16), int))
    file = io.BytesIO()
    Image.fromarray((pixels * 257).astype(np.uint16) if bits == 16 else pixels.astype(np.uint8)).save(file, "PNG")
    return Image.open(file)

print("imagehash", version("imagehash"))
for function in (imagehash.average_hash, imagehash.phash, imagehash.dhash):
    seen = {bits: function(image(0, bits)) - function(image(1, bits)) for bits in (8, 16)}
    print(function.__name__, "differs in", seen[8], "of 64 bits for PNGs of 8 bits, and in", seen[16], "for PNGs of 16 bits")
    assert seen[8] > 15
    assert seen[16] == 0
PYTHON
