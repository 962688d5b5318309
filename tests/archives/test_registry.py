import re
import zipfile
from pathlib import Path

import pytest

from anymood import archives
from anymood.archives import ArchivedPost, Reader, formats, open_archive, register
from anymood.archives.reader import READERS
from anymood.archives.values import words
from anymood.errors import SettingError
from anymood.json_stream import ITEM

NAMES = [
    "bluesky", "discord", "discord-package", "facebook", "google-chat", "instagram", "kakaotalk", "line", "linkedin",
    "mastodon", "meta-messages", "reddit", "reddit-account", "sentiment140", "signal", "signal-cli",
    "signal-export", "slack", "snapchat", "telegram", "telegram-html",
    "tiktok", "tumblr", "twarc", "twarc-csv", "twint", "whatsapp", "x", "youtube",
]  # fmt: skip


PAGES = Path(__file__).parents[2] / "docs" / "archives"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", (PAGES / "README.md").read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def forum():
    """A reader of one's own."""

    @register
    class Forum(Reader):
        name = "forum"
        description = "posts of our forum"
        expects = "forum.json"
        pattern = r"forum\.json"
        beginning = r'\{\s*"forum_posts"'

        def read_file(self, file):
            def post(where, record):
                return ArchivedPost(where=where, text=words(record.get("body")))

            return file.objects([("forum_posts", ITEM)], post, "no post")

    yield Forum
    del READERS._found["forum"]


def test_the_example_of_use(tmp_path, monkeypatch):
    [example] = EXAMPLES
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("twitter-2024.zip", "w") as opened:
        opened.writestr("data/tweets.js", 'window.YTD.tweets.part0 = [{"tweet": {"id_str": "1", "full_text": "hi"}}]')
    names = {}
    exec(example, names)
    assert (names["archive"].format, names["post"].text) == ("x", "hi")


def test_the_formats_of_the_package():
    assert list(formats()) == NAMES
    assert all(description and "\n" not in description for description in formats().values())


def test_each_format_has_its_page():
    contents = (PAGES / "README.md").read_text()
    for name in NAMES:
        page = PAGES / f"{name}.md"
        assert re.search(r"^Based on .*\d{4}", page.read_text(), re.MULTILINE), page
        assert f"({name}.md)" in contents


def test_a_reader_of_ones_own(forum, write):
    path = write("forum.json", {"forum_posts": [{"body": "so happy"}, {"body": " "}]})
    assert "forum" in formats()
    archive = open_archive(path)
    assert (archive.format, [post.text for post in archive]) == ("forum", ["so happy", None])


def test_a_name_is_given_once(forum):
    with pytest.raises(SettingError, match="a reader of archives 'forum' already"):

        @register
        class Other(forum):
            pass


def test_what_is_public():
    assert archives.__all__ == sorted(
        archives.__all__, key=lambda name: (name[0].islower(), name.isupper() is False, name)
    )
    assert all(hasattr(archives, name) for name in archives.__all__)
