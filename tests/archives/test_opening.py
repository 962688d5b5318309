import zipfile

import pytest

from anymood.archives import formats, open_archive
from anymood.errors import InputError, SettingError

TWEETS = 'window.YTD.tweets.part0 = [{"tweet": {"id_str": "1", "full_text": "hi"}}]'
CHAT = "20/06/17, 20:28 - Ana: hi\n"


def test_the_format_is_recognised_by_the_content(write):
    archive = open_archive(write("anything.bin", TWEETS))
    assert (archive.format, archive.files) == ("x", ("anything.bin",))
    assert "X (Twitter)" in archive.description
    assert "format='x'" in repr(archive)


@pytest.mark.parametrize("name, content", [("tweets.js", TWEETS[len("window.YTD.tweets.part0 = ") :]), ("chat", CHAT)])
def test_blanks_and_byte_order_marks_before_the_content_are_skipped(write, name, content):
    expected = open_archive(write(name, content)).format
    assert open_archive(write(name, f"\ufeff \r\n\t\ufeff{content}")).format == expected


def test_an_archive_is_read_anew_each_time(write):
    archive = open_archive(str(write("tweets.js", TWEETS)))
    assert [post.id for post in archive] == [post.id for post in archive] == ["1"]


def test_a_format_that_is_given(write):
    assert open_archive(write("tweets.js", TWEETS), format="x").format == "x"
    with pytest.raises(InputError, match="no files of the format telegram, which expects result.json"):
        open_archive(write("tweets.js", TWEETS), format="telegram")
    with pytest.raises(SettingError, match="no format 'y' of archives. Available: bluesky, discord"):
        open_archive(write("tweets.js", TWEETS), format="y")


def test_nothing_that_is_known(write, tmp_path):
    with pytest.raises(InputError, match="not an archive of a known format.*\n  bluesky: ") as raised:
        open_archive(write("table.csv", "id,text\n1,hi\n"))
    assert all(f"  {name}: " in str(raised.value) for name in formats())
    with pytest.raises(InputError, match="not an archive of a known format"):
        open_archive(tmp_path)
    with pytest.raises(InputError, match="not an archive of a known format"):
        open_archive(write("empty", ""))


@pytest.mark.parametrize(
    "name",
    ["posts/your_posts_1.html", "messages.html", "your_instagram_activity/media/posts_1.html", "Comment/Comments.txt"],
)
def test_an_export_that_was_made_as_html(write, tmp_path, name):
    write(name, "<html>")
    with pytest.raises(InputError, match=f"It has {name}: the export was made as HTML or text. Export it again"):
        open_archive(tmp_path)


def test_a_folder_with_the_zip(write, tmp_path):
    write("twitter.zip", "PK")
    with pytest.raises(InputError, match=r"It has twitter.zip: give the zip"):
        open_archive(tmp_path)


def test_several_formats_in_a_folder(write, tmp_path):
    write("tweets.js", TWEETS)
    write("chat.txt", CHAT)
    message = "can be read as whatsapp, x. Choose one .* or give the files one at a time: chat.txt, tweets.js"
    with pytest.raises(InputError, match=message):
        open_archive(tmp_path)
    assert [post.text for post in open_archive(tmp_path, format="whatsapp")] == ["hi"]


TELEGRAM = {"type": "personal_chat", "id": 5, "messages": [{"id": 1, "type": "message", "text": "so sad"}]}
DISCORD = {"guild": {"id": "1"}, "channel": {"id": "2"}, "messages": [{"id": "3", "content": "love it"}]}
VIDEOS = {"videos_v2": [{"uri": "posts/a.mp4", "creation_timestamp": 1}]}


def test_several_formats_in_a_folder_in_renamed_files(write, tmp_path):
    write("discord.json", DISCORD)
    write("other.json", {"settings": 1})
    assert open_archive(tmp_path).format == "discord"
    write("telegram.json", TELEGRAM)
    message = "can be read as discord, telegram. .* one at a time: discord.json, telegram.json"
    with pytest.raises(InputError, match=message):
        open_archive(tmp_path)
    assert open_archive(tmp_path, format="discord").files == ("discord.json",)
    assert open_archive(tmp_path / "telegram.json").format == "telegram"


def test_files_of_one_download_are_not_several_formats(write, tmp_path):
    write("your_posts_1.json", [{"timestamp": 1, "data": [{"post": "hi"}]}])
    assert open_archive(write("your_videos.json", VIDEOS)).format == "instagram"
    assert open_archive(tmp_path).format == "facebook"


def test_a_damaged_file_is_named_as_such(write):
    with pytest.raises(InputError, match="is damaged"):
        open_archive(write("RC.gz", b"\x1f\x8b\x08\x00 no gzip"))


def test_a_zip_within_folders(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("twitter-2022/data/tweets.js", TWEETS)
    assert [post.text for post in open_archive(path)] == ["hi"]


def test_plain_tables_are_not_archives(write):
    """What the tables of a user look like, which no reader may take for its own."""
    tables = {
        "a.csv": "id,text,label\n1,hi,positive\n",
        "b.csv": "Comment Text\nhi\n",
        "c.jsonl": '{"id": 1, "text": "hi", "author": "me"}\n',
        "d.json": '[{"text": "hi", "data": 1}]',
        "e.jsonl": '{"title": "hi", "url": "x", "content": "y"}\n',
        "f.txt": "2022-11-05 some notes\nmore notes\n",
        "g.json": '{"messages": [{"role": "user", "content": "hi"}]}',
        "h.csv": "timestamp,title,data\n1,a,b\n",
    }
    for name, content in tables.items():
        with pytest.raises(InputError, match="not an archive of a known format"):
            open_archive(write(name, content))


@pytest.mark.parametrize("path", [None, 3, b"archive.zip"])
def test_an_archive_is_given_by_its_path(path):
    with pytest.raises(SettingError, match="An archive is given by its path, not as a"):
        open_archive(path)
