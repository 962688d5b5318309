"""Files of one small picture in every format that is decoded."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
QUARTERS = np.repeat(np.repeat(np.array([[RED, GREEN], [BLUE, WHITE]], np.uint8), 16, axis=0), 24, axis=1)


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The file of a picture in a format of Pillow."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def resized_header(png: bytes, width: int, height: int) -> bytes:
    """A PNG file whose header has another size."""
    header = b"IHDR" + struct.pack(">II", width, height) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


PICTURE = Image.fromarray(QUARTERS)
FILES = {
    "jpeg": encoded(PICTURE, "JPEG", quality=95),
    "progressive jpeg": encoded(PICTURE, "JPEG", quality=95, progressive=True),
    "cmyk jpeg": encoded(PICTURE.convert("CMYK"), "JPEG", quality=95),
    "mpo": encoded(PICTURE, "MPO", quality=95, save_all=True, append_images=[PICTURE.rotate(180)]),
    "png": encoded(PICTURE, "PNG"),
    "palette png": encoded(PICTURE.quantize(8), "PNG"),
    "animated png": encoded(PICTURE, "PNG", save_all=True, append_images=[PICTURE.rotate(180)]),
    "gif": encoded(PICTURE.quantize(8), "GIF"),
    "animated gif": encoded(PICTURE.quantize(8), "GIF", save_all=True, append_images=[PICTURE.rotate(180)]),
    "webp": encoded(PICTURE, "WEBP", quality=95),
    "animated webp": encoded(PICTURE, "WEBP", lossless=True, save_all=True, append_images=[PICTURE.rotate(180)]),
    "avif": encoded(PICTURE, "AVIF", quality=95),
    "jp2": encoded(PICTURE, "JPEG2000"),
    "j2k": encoded(PICTURE, "JPEG2000", no_jp2=True),
    "tiff": encoded(PICTURE, "TIFF"),
    "lzw tiff": encoded(PICTURE, "TIFF", compression="tiff_lzw"),
    "bmp": encoded(PICTURE, "BMP"),
    "ppm": encoded(PICTURE, "PPM"),
}
