import pytest

from anymood.datasets.flickr import PHOTO_FILE, read_manifest, word_count
from anymood.errors import TableError
from anymood.posts import Post


def test_a_manifest_gives_posts_by_id(tmp_path):
    (tmp_path / "a.jpg").touch()
    (tmp_path / "manifest.csv").write_text(
        'id,text,image,title,description,tags\n1," two\nlines ",a.jpg,,,\n2,,b.jpg,,,\n2,again,,,,\n,no id,,,,\n'
    )
    problems = []
    posts = read_manifest(tmp_path, "vso", problems)
    assert posts == {"1": Post("two lines", tmp_path / "a.jpg", "1"), "2": Post(None, None, "2")}
    assert [problem.reason for problem in problems] == ["missing image", "malformed", "malformed"]


def test_without_a_manifest_it_says_how_to_get_one(tmp_path):
    with pytest.raises(TableError, match=r"nothing was fetched from Flickr yet\. Run: anymood data vso "):
        read_manifest(tmp_path, "vso", [])


@pytest.mark.parametrize("name", ["1418878_1e92283336.jpg", "1418878_1e92283336_z.jpg", "1418878_1e92283336_3k.jpg"])
def test_names_of_photos(name):
    assert PHOTO_FILE.fullmatch(name).groups() == ("1418878", "1e92283336")


def test_words_are_what_stands_between_blanks():
    assert word_count(Post("a walk,  #sunday http://t.co/x")) == 4
    assert word_count(Post()) == 0
