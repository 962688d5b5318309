import pytest

from anymood.datasets.flickr import Photo
from anymood.errors import TableError
from anymood.flickr.collect import RELEASES


def test_photos_of_flickr_emotion_are_those_with_a_majority(make, tmp_path):
    urls = make.draw_flickr_emotion(tmp_path)
    photos = RELEASES["flickr-emotion"](tmp_path)
    assert {photo.id: photo.url for photo in photos} == urls
    assert (photos[0].id, photos[0].secret, photos[0].url) == ("1000", "00000003e8", urls["1000"])
    assert photos[0].image is None


def test_photos_of_vso_have_an_image_unless_the_file_is_empty(make, tmp_path):
    make.draw_vso(tmp_path)
    folder = tmp_path / "bi_concepts1553" / "sad_dog"
    (folder / "1001_00000003e9.jpg").write_bytes(b"")
    photos = RELEASES["vso"](tmp_path)
    first, second = (f"bi_concepts1553/sad_dog/{name}.jpg" for name in ("1000_00000003e8", "1001_00000003e9"))
    assert photos[:2] == [
        Photo("1000", "00000003e8", 0, first, image=tmp_path / first),
        Photo("1001", "00000003e9", 0, second),
    ]
    assert len(photos) == 40


def test_other_folders(tmp_path):
    for find in RELEASES.values():
        with pytest.raises(TableError):
            find(tmp_path)
