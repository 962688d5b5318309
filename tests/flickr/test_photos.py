import pytest

from anymood.errors import TableError
from anymood.flickr.photos import RELEASES, Photo


def test_photos_of_flickr_emotion_are_those_with_a_majority(make, tmp_path):
    urls = make.draw_flickr_emotion(tmp_path)
    photos = RELEASES["flickr-emotion"](tmp_path)
    assert {photo.id: photo.url for photo in photos} == urls
    assert photos[0] == Photo("1000", "00000003e8", url=urls["1000"])


def test_photos_of_vso_have_an_image_unless_the_file_is_empty(make, tmp_path):
    make.draw_vso(tmp_path)
    folder = tmp_path / "bi_concepts1553" / "sad_dog"
    (folder / "1001_00000003e9.jpg").write_bytes(b"")
    photos = RELEASES["vso"](tmp_path)
    assert photos[:2] == [
        Photo("1000", "00000003e8", image=folder / "1000_00000003e8.jpg"),
        Photo("1001", "00000003e9"),
    ]
    assert len(photos) == 40


def test_other_folders(tmp_path):
    for find in RELEASES.values():
        with pytest.raises(TableError):
            find(tmp_path)
