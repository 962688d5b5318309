#!/usr/bin/env bash
# kornia-rs 0.2.0 reads a PNG with a palette as a grey image of palette indices.
#
# Memes, screenshots and the output of image optimisers are often PNGs with a palette of 256 colours, where each pixel is the index of
# a colour.
# Expected: The colours, as from a PNG without a palette; or an error, as for 1-bit PNGs.
# Observed: read_image() returns one channel with the indices. A red image becomes grey 200 if red is the colour with index 200.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check kornia-rs==0.2.0 pillow==13.0.0 numpy==2.4.6

cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from kornia_rs.io import read_image
from PIL import Image

def read(name):
    image = read_image(name)
    return np.asarray(image.numpy() if hasattr(image, "numpy") else image)

image = Image.new("P", (16, 16), 200)
image.putpalette([0, 0, 255] * 200 + [255, 0, 0] * 56)
image.save("palette.png")
image.convert("RGB").save("plain.png")
plain, palette = read("plain.png"), read("palette.png")
print("kornia-rs", version("kornia-rs"))
print("without a palette:", plain.shape, plain[0, 0].tolist())
print("with a palette:   ", palette.shape, palette[0, 0].tolist(), "where Pillow has", Image.open("palette.png").convert("RGB").getpixel((0, 0)))
assert plain.shape == (16, 16, 3) and plain[0, 0].tolist() == [255, 0, 0]
assert palette.shape == (16, 16, 1) and (palette == 200).all()
PYTHON
