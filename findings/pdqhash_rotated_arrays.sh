#!/usr/bin/env bash
# pdqhash 0.2.8: the hash of np.rot90(picture) differs from the hash of its copy in about half of the bits.
#
# compute() returns the perceptual hash PDQ of an array of height, width and 3 colours. Hashes of similar pictures differ in at most 31 of
# 256 bits.
# Expected: The same hash for the same pixels, however they lie in memory.
# Observed: Arrays in which columns lie before rows get the hash of a scrambled picture, without an error: turned ones, transposed ones,
# those in Fortran order, and colours-first ones whose axes were reversed. Mirrored and cropped ones are correct.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pdqhash==0.2.8 numpy==2.4.6

"$work/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import pdqhash

print("pdqhash", version("pdqhash"))
blocks = np.random.default_rng(0).integers(0, 255, (8, 12, 3))
picture = np.kron(blocks, np.ones((16, 16, 1))).astype(np.uint8)
colours_first = np.ascontiguousarray(picture.transpose(2, 0, 1))
views = {
    "turned by 90 degrees": (np.rot90(picture), True),
    "transposed": (picture.transpose(1, 0, 2), True),
    "Fortran order": (np.asfortranarray(picture), True),
    "from colours-first and transposed": (colours_first.transpose(2, 1, 0), True),
    "turned by 180 degrees": (np.rot90(picture, 2), False),
    "mirrored": (picture[:, ::-1], False),
    "cropped": (picture[10:90, 10:90], False),
    "from colours-first": (colours_first.transpose(1, 2, 0), False),
}
for name, (view, wrong) in views.items():
    seen = int((pdqhash.compute(view)[0] != pdqhash.compute(view.copy(order="C"))[0]).sum())
    print(f"{name}: differs from its copy in {seen} of 256 bits")
    assert (seen > 80) if wrong else seen == 0
PYTHON
