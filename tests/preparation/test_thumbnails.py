from io import BytesIO

import pytest
from PIL import Image

from anymood.preparation.inline_images import inline_image
from anymood.preparation.thumbnails import data_url, thumbnail


@pytest.mark.parametrize(("mode", "size", "expected"), [("RGB", (900, 600), (60, 40)), ("RGBA", (30, 20), (30, 20))])
def test_a_small_jpeg(mode, size, expected):
    image = Image.new(mode, size, "red")
    content = thumbnail(image, 60)
    assert (image.mode, image.size) == (mode, size)
    with Image.open(BytesIO(content)) as small:
        assert (small.format, small.size) == ("JPEG", expected)
    assert inline_image(data_url(content)) == content
