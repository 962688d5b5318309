#!/usr/bin/env bash
# imagesize 2.0.1: the size of a rotated AVIF photo is (-1, -1).
#
# Phones store a photo as the sensor recorded it, and the rotation separately: in JPEGs in the EXIF data, in AVIF and HEIC in the
# property "irot" of the image. imagesize reads both: "By default, orientation metadata is applied for rotated JPEG/TIFF/AVIF/HEIF
# images".
# Expected: The same photo is 320 pixels wide and 640 high as a JPEG and as an AVIF.
# Observed: For all AVIFs that are rotated by 90, 180 or 270 degrees, get() returns (-1, -1), as for files that are not images, even
# with exif_rotation=False. "irot" has one byte of content in ISO/IEC 23008-12, but imagesize expects five, because other properties
# start with a version and flags. Images that are not rotated have no "irot" and are read.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check imagesize==2.0.1 pillow==13.0.0

cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import imagesize
from PIL import Image, ImageOps

turns = {"not turned": 1, "180": 3, "90 clockwise": 6, "90 anticlockwise": 8}  # the numbers are those of Exif
photo = Image.new("RGB", (640, 320), "skyblue")
photo.paste("darkgreen", (0, 160, 640, 320))
print("imagesize", version("imagesize"), "pillow", version("pillow"))
for turn, orientation in turns.items():
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo.save("photo.jpg", exif=exif)
    photo.save("photo.avif", exif=exif)
    with Image.open("photo.avif") as image:
        shown = ImageOps.exif_transpose(image).size
    jpeg, avif, stored = (imagesize.get("photo.jpg"), imagesize.get("photo.avif"), imagesize.get("photo.avif", exif_rotation=False))
    print(f"{turn + ':':18} pillow {shown}, imagesize: JPEG {jpeg}, AVIF {avif}, AVIF as stored {stored}")
    assert jpeg == shown == ((320, 640) if orientation > 4 else (640, 320))
    assert avif == stored == ((640, 320) if orientation == 1 else (-1, -1))
PYTHON
