#!/usr/bin/env bash
# pillow-heif 1.8.1: save(..., exif=image.getexif()) writes a phone's photo without its rotation.
#
# Phones store photos as the sensor recorded them, and an EXIF orientation separately. exif=image.getexif() copies it.
# Expected: The HEIC is shown upright, as with the same call for JPEG, PNG, WebP, TIFF or AVIF.
# Observed: It is shown on its side. ImageOps.exif_transpose() cannot correct it, because the orientation is set to 1. With
# exif=image.info["exif"], the same data as bytes, it is upright.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pillow-heif==1.8.1 pillow==13.0.0

"$work/venv/bin/python" - <<'PYTHON'
import io

import pillow_heif
from PIL import Image, ImageOps

pillow_heif.register_heif_opener()

def photo():
    """A photo of 128 x 64 pixels, which is to be turned: upright it is 64 wide and 128 high."""
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    Image.new("RGB", (128, 64), "red").save(file, "JPEG", exif=exif)
    return Image.open(file)

def shown(format, as_bytes):
    image, file = photo(), io.BytesIO()
    image.save(file, format, exif=image.info["exif"] if as_bytes else image.getexif())
    found = Image.open(file)
    return ImageOps.exif_transpose(found).size, found.getexif().get(0x0112, 1)

print("pillow-heif", pillow_heif.__version__)
print("JPEG, exif=image.getexif():   ", jpeg := shown("JPEG", as_bytes=False))
print("PNG, exif=image.getexif():    ", png := shown("PNG", as_bytes=False))
print("HEIF, exif=image.getexif():   ", heif := shown("HEIF", as_bytes=False))
print('HEIF, exif=image.info["exif"]:', as_bytes := shown("HEIF", as_bytes=True))
assert jpeg[0] == png[0] == as_bytes[0] == (64, 128)
assert heif == ((128, 64), 1)
PYTHON
