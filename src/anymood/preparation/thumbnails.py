"""Small JPEG files of images, for pages and reports."""

import base64
from io import BytesIO

from PIL import Image


def thumbnail(image: Image.Image, side: int) -> bytes:
    """A JPEG file of an image with at most ``side`` pixels on its longest side."""
    small = image.convert("RGB")
    small.thumbnail((side, side))
    file = BytesIO()
    small.save(file, "JPEG", quality=80, optimize=True)
    return file.getvalue()


def data_url(image: bytes, media_type: str = "image/jpeg") -> str:
    """An image file as a ``data:`` URL."""
    return f"data:{media_type};base64,{base64.b64encode(image).decode()}"
