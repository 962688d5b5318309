import re
from pathlib import Path

import pytest

from anymood import archives
from anymood.archives import ArchivedPost, Reader, formats, open_archive, register, registry
from anymood.archives.documents import ITEM, Broken, documents
from anymood.archives.values import words
from anymood.errors import SettingError

NAMES = [
    "bluesky", "discord", "facebook", "instagram", "mastodon", "reddit", "sentiment140", "telegram", "tiktok", "twarc",
    "twarc-csv", "twint", "whatsapp", "x", "youtube",
]  # fmt: skip


@pytest.fixture
def forum():
    """A reader that is registered by a program of its own, as the documentation shows it."""
    registry.all_readers()

    @register
    class Forum(Reader):
        name = "forum"
        description = "posts of our forum"
        expects = "forum.json"

        def files(self, source):
            return source.select(r"forum\.json", lambda head: '"forum_posts"' in head)

        def read_file(self, source, name, stream):
            for found in documents(stream, [("forum_posts", ITEM)]):
                if isinstance(found, Broken):
                    yield self.broken(source, name, found)
                else:
                    yield ArchivedPost(where=f"{name}, {found.place}", text=words(found.data.get("body")))

    yield Forum
    del registry._READERS["forum"]


def test_the_formats_of_the_package():
    assert list(formats()) == NAMES
    assert all(description and "\n" not in description for description in formats().values())


def test_each_format_has_its_page():
    pages = Path(__file__).parents[2] / "docs" / "archives"
    contents = (pages / "README.md").read_text()
    for name in NAMES:
        page = pages / f"{name}.md"
        assert re.search(r"^Seen: .*\d{4}", page.read_text(), re.MULTILINE), page
        assert f"({name}.md)" in contents


def test_a_reader_of_ones_own(forum, write):
    path = write("forum.json", {"forum_posts": [{"body": "so happy"}, {"body": " "}]})
    assert "forum" in formats()
    archive = open_archive(path)
    assert (archive.format, [post.text for post in archive]) == ("forum", ["so happy", None])


def test_a_name_is_given_once(forum):
    with pytest.raises(SettingError, match="a reader 'forum' of archives already"):

        @register
        class Other(forum):
            pass


def test_what_is_public():
    assert archives.__all__ == sorted(
        archives.__all__, key=lambda name: (name[0].islower(), name.isupper() is False, name)
    )
    assert all(hasattr(archives, name) for name in archives.__all__)
