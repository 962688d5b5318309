"""Messages of Google Chat."""

from datetime import UTC, datetime

import pytest

from anymood.archives import open_archive

AT = datetime(2022, 11, 5, 10, tzinfo=UTC)


def google(number="g/t1/t1", **more):
    ana = {"name": "Ana", "email": "ana@e.example", "user_type": "Human"}
    return {
        "creator": ana,
        "created_date": "Saturday, November 5, 2022 at 10:00:00\u202fAM UTC",
        "message_id": number,
        **more,
    }


def test_messages_of_google_chat(write, tmp_path, picture):
    folder = "Takeout/Google Chat/Groups/DM a"
    image = write(f"{folder}/File-cat.png", picture)
    attached = {
        "attached_files": [{"original_name": "cat.png", "export_name": "File-cat.png"}, {"export_name": "a.mov"}]
    }
    bot = google(text="so happy to help", creator={"name": "Help", "user_type": "Bot"})
    messages = [google(text="so happy"), google("g/t1/m2", text="me too"), google(**attached), google(), bot]
    write(f"{folder}/messages.json", {"messages": messages})
    write(f"{folder}/group_info.json", {"members": []})
    write("Takeout/Google Chat/Groups/DM b/messages.json", {"messages": []})
    archive = open_archive(tmp_path)
    assert (archive.format, len(archive.files)) == ("google-chat", 1)
    [first, answer, photo, joined, help] = archive
    assert (first.id, first.text, first.created, first.is_reply) == ("g/t1/t1", "so happy", AT, False)
    assert (answer.text, answer.is_reply) == ("me too", True)
    assert (photo.text, photo.image, photo.images, photo.kind) == (None, image, 2, "post")
    assert [post.kind for post in (joined, help)] == ["notice"] * 2


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("Saturday, November 5, 2022 at 12:00:00 AM UTC", 0), ("Saturday, November 5, 2022 at 12:00:00 PM UTC", 12),
        ("Saturday, November 5, 2022 at 15:00:00 UTC", 15), ("2022-11-05T15:00:00Z", 15),
        ("Saturday, Smarch 5, 2022 at 12:00:00 AM UTC", None), ("samedi 5 novembre 2022", None), (3, None),
    ],
)  # fmt: skip
def test_dates_of_google_chat(posts, written, hour):
    [message] = posts("messages.json", {"messages": [google(text="x", created_date=written)]})
    assert message.created == (None if hour is None else datetime(2022, 11, 5, hour, tzinfo=UTC))
