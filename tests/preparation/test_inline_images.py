import base64
from pathlib import Path

import pytest

from anymood.preparation.inline_images import file_of_url, inline_image


@pytest.fixture
def pictures(corpus_folder):
    return [path.read_bytes() for path in sorted((corpus_folder / "images").iterdir())[:3]]


def test_data_urls(pictures):
    [data, *_] = pictures
    packed = base64.b64encode(data).decode()
    assert inline_image(f"data:image/jpeg;base64,{packed}") == data
    assert inline_image(f"DATA:image/jpeg;charset=x;BASE64,{packed.rstrip('=')}") == data
    assert inline_image(f"data:;base64,{packed.replace('+', '%2B').replace('=', '%3D')}") == data
    assert inline_image("data:image/svg+xml,%3Csvg%2F%3E") == b"<svg/>"
    assert inline_image("data:image/png;base64,!!!") == b""


def test_a_data_url_that_was_cut_off_is_the_beginning_of_its_image(pictures):
    packed = base64.b64encode(pictures[0]).decode()
    for length in range(80, 84):
        data = inline_image(f"data:image/jpeg;base64,{packed[:length]}")
        assert data
        assert pictures[0].startswith(data)


def test_base64_with_and_without_line_ends(pictures):
    for data in pictures:
        assert inline_image(base64.b64encode(data).decode()) == data
        assert inline_image(base64.encodebytes(data).decode()) == data
        assert inline_image(base64.urlsafe_b64encode(data).decode().rstrip("=")) == data


@pytest.mark.parametrize(
    "written", ["", "a.jpg", "/9j/a.jpg", "images/" + "a" * 80, "https://e.example/a.jpg", "iVBORw0KGgo"]
)
def test_paths_are_not_images(written):
    assert inline_image(written) is None


def test_file_urls():
    assert file_of_url("file:///pictures/my%20a.jpg") == Path("/pictures/my a.jpg")
    assert file_of_url("file:a.jpg") == Path("a.jpg")
    assert file_of_url("FILE://localhost/a.jpg") == Path("/a.jpg")
    assert [file_of_url(url) for url in ("file://server/a.jpg", "file:", "a.jpg", "file://[")] == [None] * 4
