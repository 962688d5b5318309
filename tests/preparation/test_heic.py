"""HEIC images, which phones write, with and without what reads them."""

import base64
import io
import sys

import pytest
from PIL import Image

from anymood.errors import ImageError
from anymood.preparation.decoding import decode, is_image, measure

HEAD = b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1heicmiaf"


@pytest.fixture
def heic(monkeypatch):
    """A HEIC image, half red and half blue."""
    pillow_heif = pytest.importorskip("pillow_heif", reason="no pillow-heif here: pip install 'anymood[heic]'")
    image = Image.new("RGB", (64, 48), "red")
    image.paste("blue", (32, 0, 64, 48))
    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, quality=90)
    return file.getvalue()


def test_a_heic_image_is_decoded_whatever_its_name(heic, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(heic)
    for image in (decode(heic, 16), decode(tmp_path / "photo.jpg")):
        assert (image.mode, image.size) == ("RGB", (64, 48))
        red, blue = image.getpixel((5, 20)), image.getpixel((60, 20))
        assert min(red[0], 255 - red[2]) > 190
        assert min(blue[2], 255 - blue[0]) > 190
    assert measure(heic) == (64, 48)


def test_without_pillow_heif_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(
        ImageError, match=r"is a HEIC image, as iPhones .*pip install 'anymood\[heic\]'.*JPEG"
    ) as caught:
        decode(HEAD + bytes(100))
    assert caught.value.reason == "unreadable"


def test_a_damaged_one_is_named(heic):
    for data in (heic[: len(heic) // 2], heic[:40] + bytes(200), HEAD):
        with pytest.raises(ImageError):
            decode(data)


def test_images_are_recognised_by_their_first_bytes(heic, corpus_folder, odd_images):
    assert is_image(heic[:64])
    assert is_image(HEAD)
    assert not is_image(b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")
    assert not any(map(is_image, (b"", b"text,image\n", b"<html>", b"\0" * 64, b"PK\x03\x04")))
    for path in (corpus_folder / "images").iterdir():
        assert is_image(path.read_bytes()[:64])


def test_images_within_texts_are_decoded(corpus_folder):
    path = sorted((corpus_folder / "images").iterdir())[0]
    written = base64.encodebytes(path.read_bytes()).decode()
    expected = decode(path)
    for source in (f"data:image/jpeg;base64,{written}", written, path.as_uri()):
        assert decode(source).tobytes() == expected.tobytes()
    with pytest.raises(ImageError) as caught:
        decode("data:image/png;base64,iVBORw0KGgo")
    assert caught.value.reason == "truncated"
