"""Chats of Messenger, Instagram, Slack, Snapchat and LINE."""

import json
from datetime import UTC, datetime

import pytest
from tests.archives.readers.test_meta import entry, misread

from anymood.archives import open_archive
from anymood.errors import InputError

TIME = 1667642400
AT = datetime(2022, 11, 5, 10, tzinfo=UTC)


def chat(*messages):
    """A chat of Meta, in which Ana Maria Lopez writes."""
    shown = [
        {"sender_name": misread("Ana María López"), "timestamp_ms": TIME * 1000, **message} for message in messages
    ]
    return {
        "participants": [{"name": "Bo"}, {"name": misread("Ana María López")}],
        "messages": shown,
        "title": "Bo",
        "is_still_participant": True,
        "thread_path": "inbox/bo_1",
    }


def test_messages_of_meta(posts):
    [message, photo] = posts(
        "message_1.json",
        chat(
            {
                "content": misread("so happy 😀"),
                "reactions": [{"reaction": misread("😡"), "actor": "Bo"}],
                "is_geoblocked_for_viewer": False,
            },
            {"photos": [{"uri": "https://e.example/a.jpg"}, {"uri": "b.jpg"}], "content": "look"},
        ),
    )
    assert (message.text, message.created, message.kind, message.images) == ("so happy 😀", AT, "post", 0)
    assert (photo.text, photo.image, photo.images) == ("look", "https://e.example/a.jpg", 2)


@pytest.mark.parametrize(
    "content",
    [
        "Ana named the group Happy Days.", "Ana María López added Bo to the group.", "You left the group.",
        "You called Bo.", "Ana missed your video call.", "Ana started an audio call", "You missed a call from Bo.",
        "Liked a message", "Reacted 😍 to your message ", "The video call ended.", "Audio call ended",
        "You are now connected on Messenger", "Ana set your nickname to Sad Bo.", "Ana changed the theme to Love.",
        "Ana created a poll: happy?", "You pinned a message.", "Ana set the quick reaction to 😡.",
    ],
)  # fmt: skip
def test_what_meta_writes_is_a_notice(posts, content):
    [message] = posts("message_1.json", chat({"content": misread(content)}))
    assert (message.kind, message.text) == ("notice", content)


@pytest.mark.parametrize(
    "content",
    ["She left the group.", "Bo called you", "I liked a message", "Ana is so happy", "We added Bo to the group."],
)
def test_what_a_person_writes_is_none(posts, content):
    [message] = posts("message_1.json", chat({"content": content}))
    assert (message.kind, message.text) == ("post", content)


@pytest.mark.parametrize(
    "more", [{"type": "Call", "call_duration": 9}, {"type": "Subscribe", "users": []}, {"call_duration": 0}]
)
def test_types_of_meta_tell_notices(posts, more):
    [message] = posts("message_1.json", chat({"content": "a sentence in any language", **more}))
    assert message.kind == "notice"


def test_attachments_and_unsent_messages(posts):
    reel = {"link": "https://e.example/reel", "share_text": misread("blåbær are the best")}
    [shared, link, alone, picture, unsent, old] = posts(
        "message_1.json",
        chat(
            {"content": "Ana sent an attachment.", "share": reel},
            {"content": "look at this", "share": reel},
            {"content": "You sent an attachment."},
            {"content": "Ana sent a photo.", "photos": [{"uri": "https://e.example/a.jpg"}]},
            {"content": "so sad", "is_unsent": True},
            {"content": misread("Ana María López unsent a message")},
        ),
    )
    assert (shared.text, shared.is_repost) == ("blåbær are the best", True)
    assert (link.text, link.is_repost) == ("look at this", False)
    assert (alone.text, alone.problems[0].reason) == (None, "media omitted")
    assert (picture.text, picture.images, picture.problems) == (None, 1, ())
    assert [(post.text, post.problems[0].reason) for post in (unsent, old)] == [(None, "deleted message")] * 2


def test_encrypted_chats_of_messenger(write, tmp_path, picture):
    write("media/a.jpeg", picture)
    messages = [
        {
            "senderName": "Ana",
            "timestamp": TIME * 1000,
            "type": "text",
            "text": "så glad",
            "isUnsent": False,
            "media": [],
        },
        {
            "senderName": "Ana",
            "timestamp": TIME * 1000,
            "type": "media",
            "text": "",
            "media": [{"uri": "./media/a.jpeg"}],
        },
        {"senderName": "Ana", "timestamp": 0, "type": "media", "media": [{"uri": "Failed to download media"}]},
        {"senderName": "Ana", "timestamp": 0, "type": "text", "text": "sad", "isUnsent": True},
    ]
    write("Ana_40.json", {"participants": ["Ana", "Bo"], "threadName": "Ana_40", "messages": messages})
    archive = open_archive(tmp_path)
    [text, media, failed, unsent] = archive
    assert archive.format == "meta-messages"
    assert (text.text, text.created) == ("så glad", AT)
    assert (media.text, media.image, media.problems) == (None, tmp_path / "media" / "a.jpeg", ())
    assert (failed.image, failed.problems[0].reason) == (None, "media omitted")
    assert (unsent.text, unsent.problems[0].reason) == (None, "deleted message")


def test_parts_of_a_chat_and_paths_from_the_root(write, tmp_path, picture):
    image = write("your_instagram_activity/messages/inbox/bo_1/photos/1.jpg", picture)
    photo = {"photos": [{"uri": "your_instagram_activity/messages/inbox/bo_1/photos/1.jpg"}]}
    for number, message in ((1, photo), (2, {"content": "two"}), (10, {"content": "ten"})):
        write(f"your_instagram_activity/messages/inbox/bo_1/message_{number}.json", chat(message))
    posts = list(open_archive(tmp_path))
    assert [post.text for post in posts] == [None, "two", "ten"]
    assert posts[0].image == image


def test_posts_of_a_download_come_before_its_messages(write, tmp_path):
    write("your_facebook_activity/posts/your_posts_1.json", [entry("a post")])
    write("your_facebook_activity/messages/inbox/bo/message_1.json", chat({"content": "a message"}))
    archive = open_archive(tmp_path)
    assert (archive.format, archive.left_out) == ("facebook", ("meta-messages",))
    assert [post.text for post in archive] == ["a post"]
    asked = open_archive(tmp_path, format="meta-messages")
    assert (asked.left_out, [post.text for post in asked]) == ((), ["a message"])


def slack(*messages):
    return [{"type": "message", "user": "U1", "ts": f"{TIME}.000100", **message} for message in messages]


def test_messages_of_slack(write, tmp_path):
    write("channels.json", [{"id": "C1", "name": "general"}])
    write("users.json", [{"id": "U1", "name": "ana"}])
    write("general/2022-11-04.json", [])
    reply = {"text": "agreed", "ts": f"{TIME + 1}.000200", "thread_ts": f"{TIME}.000100"}
    write("general/2022-11-05.json", slack({"text": "so happy", "thread_ts": f"{TIME}.000100"}, reply))
    archive = open_archive(tmp_path)
    assert (archive.format, archive.files) == ("slack", ("general/2022-11-05.json",))
    [first, second] = archive
    assert (first.id, first.text, first.created, first.is_reply) == (
        f"general/{TIME}.000100", "so happy", AT.replace(microsecond=100), False,
    )  # fmt: skip
    assert (second.text, second.is_reply) == ("agreed", True)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("hi <@U1> and <@U2|bo>", "hi @U1 and @U2"),
        ("in <#C1|sad-news>, <!here> <!subteam^S1|@team> <!channel|@channel>", "in @C1, @here @S1 @channel"),
        ("see <https://e.example/great?a=1&amp;b=2|the report>", "see the report"),
        (
            "see <https://e.example/a?x=1&amp;y=2> or <http://e.example|e.example>",
            "see https://e.example/a?x=1&y=2 or http://e.example",
        ),
        ("<mailto:a@e.example|a@e.example> at <!date^1392734382^{date}|Feb 18>", "a@e.example at Feb 18"),
        ("1 &lt; 2 &amp;&amp; &lt;3 &amp;lt;", "1 < 2 && <3 &lt;"),
        (":sob: :+1::skin-tone-3: :woman-shrugging: :simple_smile:", "😭 👍 🤷‍♀️ 🙂"),
        (":party_parrot: at 10:30:45", ":party_parrot: at 10:30:45"),
    ],
)
def test_slacks_markup(posts, written, shown):
    [message] = posts("2022-11-05.json", slack({"text": written}))
    assert message.text == shown


@pytest.mark.parametrize(
    "more",
    [
        {"subtype": "channel_join"}, {"subtype": "channel_topic"}, {"subtype": "bot_message", "bot_id": "B1"},
        {"bot_id": "B1"}, {"user": "USLACKBOT"}, {"subtype": "something_new"},
    ],
)  # fmt: skip
def test_notices_of_slack(posts, more):
    [message] = posts("2022-11-05.json", slack({"text": "so happy", **more}))
    assert (message.kind, message.text) == ("notice", "so happy")


def test_deleted_and_forwarded_messages_of_slack(posts):
    [gone, forwarded, link] = posts(
        "2022-11-05.json",
        slack(
            {"text": "This message was deleted.", "subtype": "tombstone"},
            {"text": "", "attachments": [{"is_share": True, "text": "so sad :cry:", "author_id": "U2"}]},
            {"text": "see <https://e.example>", "attachments": [{"title": "Great", "text": "a great page"}]},
        ),
    )
    assert (gone.text, gone.kind, gone.problems[0].reason) == (None, "post", "deleted message")
    assert (forwarded.text, forwarded.is_repost) == ("so sad 😢", True)
    assert (link.text, link.is_repost) == ("see https://e.example", False)


def test_files_of_slack(write, tmp_path, picture):
    image = write("general/attachments/F1-a b.png", picture)
    file = {
        "id": "F1",
        "name": "a b.png",
        "mimetype": "image/png",
        "url_private": "https://files.example/a.png",
        "alt_txt": "a cat",
    }
    old = {
        "subtype": "file_share",
        "text": "<@U1|ana> uploaded a file: <https://files.example|a> and commented: so cute &amp; small",
        "file": file,
    }
    messages = slack(
        {"text": "", "files": [file, file]}, old, {"text": "", "files": [{"id": "F2", "mode": "tombstone"}]}
    )
    write("general/2022-11-05.json", messages)
    [new, commented, gone] = open_archive(tmp_path)
    assert (new.text, new.image, new.images, new.alt_text) == (None, image, 2, "a cat")
    assert (commented.text, commented.image, commented.kind) == ("so cute & small", image, "post")
    assert (gone.text, gone.image, gone.problems[0].reason) == (None, None, "media omitted")
    [alone] = open_archive(write("elsewhere/2022-11-05.json", slack({"text": "", "files": [file]})))
    assert alone.image == "https://files.example/a.png"


def snap(**more):
    return {
        "From": "ana", "Media Type": "TEXT", "Created": "2022-11-05 10:00:00 UTC", "Content": "so happy",
        "Conversation Title": None, "IsSender": False, "Created(microseconds)": TIME * 1000, "IsSaved": True,
        "Media IDs": "", **more,
    }  # fmt: skip


def test_messages_of_snapchat(posts):
    erased = snap(**{"Media Type": "STATUSERASEDMESSAGE", "Content": ""})
    left = snap(**{"Media Type": "STATUSPARTICIPANTREMOVED", "Content": "Bo left"})
    [text, unsaved, gone, notice, time] = posts(
        "chat_history.json", {"ana": [snap(), snap(Content="", IsSaved=False)], "bo": [erased, left, snap(Created="")]}
    )
    assert (text.text, text.created, text.problems) == ("so happy", AT, ())
    assert (unsaved.text, unsaved.problems[0].reason) == (None, "text not in the export")
    assert (gone.text, gone.kind, gone.problems[0].reason) == (None, "post", "deleted message")
    assert (notice.kind, notice.text) == ("notice", "Bo left")
    assert time.created == AT


def test_messages_of_snapchat_until_2023(posts):
    old = {"From": "ana", "Media Type": "TEXT", "Created": "2022-11-05 10:00:00 UTC", "Text": "so happy"}
    sent = {"To": "ana", "Media Type": "IMAGE", "Created": "2022-11-05 10:00:00 UTC"}
    [text, image] = posts(
        "chat_history.json", {"Received Saved Chat History": [old], "Sent Saved Chat History": [sent]}
    )
    assert (text.text, text.created) == ("so happy", AT)
    assert (image.text, image.images, image.problems[0].reason) == (None, 1, "media omitted")


def test_pictures_of_snapchat(write, tmp_path, picture):
    write(
        "mydata/json/chat_history.json",
        {"ana": [snap(**{"Media Type": "MEDIA", "Content": "", "Media IDs": "b~AA | b~BB"})]},
    )
    write("mydata/chat_media/2022-11-05_b~AA.mp4", b"")
    image = write("mydata/chat_media/2022-11-05_b~BB.jpg", picture)
    [post] = open_archive(tmp_path)
    assert (post.image, post.images, post.text, post.problems) == (image, 2, None, ())


def test_snapchats_pages_are_told(write, tmp_path):
    write("mydata/html/chat_history.html", "<html></html>")
    with pytest.raises(InputError, match=r"made as HTML or text\. Make it again in the format JSON"):
        open_archive(tmp_path)


LINE = "[LINE] Chat history with Bo\nSaved on: 2024/01/20 10:30\n\n2024/01/15(Mon)\n"


def test_messages_of_line(posts):
    chat = (
        LINE + '10:30\tAna\tso happy\ttoday\n10:31\tBo\t"two\nlines, ""really"""\n10:32\tAna\tbare\nsecond\n\n'
        '2024/01/16(Tue)\n00:05\tBo\t"quoted"\n'
    )
    found = posts("[LINE] Chat with Bo.txt", chat)
    assert [post.text for post in found] == ["so happy\ttoday", 'two\nlines, "really"', "bare\nsecond", '"quoted"']
    assert [post.created for post in found] == [
        datetime(2024, 1, 15, 10, 30), datetime(2024, 1, 15, 10, 31), datetime(2024, 1, 15, 10, 32),
        datetime(2024, 1, 16, 0, 5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "time", "hour"),
    [
        ("2024/01/15(月)", "午後3:04", 15), ("2024年1月15日(月)", "午前12:04", 0), ("2024.01.15 Monday", "15:04", 15),
        ("Mon, 1/15/2024", "3:04 PM", 15), ("Mon, 15/01/2024", "3:04PM", 15), ("2024/1/15（週一）", "下午03:04", 15),
        ("2567/01/15(จ.)", "15:04", 15), ("2024/01/15", "12:04 AM", 0),
    ],
)  # fmt: skip
def test_dates_of_line(posts, day, time, hour):
    [post] = posts("chat.txt", f"[LINE] x\n保存日時：2024/01/20 10:30\n\n{day}\n{time}\tAna\tso happy\r\n")
    assert (post.text, post.created) == ("so happy", datetime(2024, 1, 15, hour, 4))


def test_media_and_notices_of_line(posts):
    lines = (
        "10:30\tAna\t[Photo]\n10:31\tAna\t[スタンプ]\n10:32\t\tAna joined the group\n10:33\tAna\t☎ Call time 2:03\n"
        "10:34\t☎ 通話時間 1:23\n10:35\tAna\tAna unsent a message.\n"
        "10:36\tBo\tメッセージの送信を取り消しました\n10:37\tAna\t[sic]\n"
    )
    found = posts("chat.txt", LINE + lines)
    reasons = [post.problems[0].reason.value if post.problems else None for post in found]
    assert reasons == ["media omitted"] * 2 + [None] * 3 + ["deleted message"] * 2 + [None]
    assert [post.kind for post in found] == ["post"] * 2 + ["notice"] * 3 + ["post"] * 3
    assert [post.images for post in found[:2]] == [1, 0]
    assert found[-1].text == "[sic]"


def test_lines_before_the_first_message_are_told(posts):
    [lost, post] = posts("chat.txt", "2024/01/15(Mon)\na line of nothing\n10:30\tAna\tso happy\n")
    assert (lost.kind, lost.problems[0].reason) == ("unreadable", "not a post")
    assert post.text == "so happy"


def test_a_table_with_tabs_is_no_chat_of_line(write):
    path = write("table.txt", "time\tname\ttext\n10:30\tAna\tso happy\n")
    with pytest.raises(InputError, match="not an archive of a known format"):
        open_archive(path)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("message_1.json", chat({"content": "x"})["messages"]),
        ("2022-11-05.json", slack({"text": "x"})),
        ("chat_history.json", [snap(Content="x")]),
    ],
)
def test_bad_messages_and_an_early_end(posts, name, start):
    listed = json.dumps([*start, 3, *start])
    content = {
        "message_1.json": json.dumps(chat())[:-1].replace('"messages": []', f'"messages": {listed}'),
        "2022-11-05.json": listed,
        "chat_history.json": f'{{"ana": {listed}',
    }[name]
    found = posts(name, content[: content.rindex('"x"') + 2])
    assert [post.kind for post in found] == ["post", "unreadable", "unreadable"]
    assert found[-1].problems[0].reason == "truncated file"


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
    attached = {"attached_files": [{"original_name": "cat.png", "export_name": "File-cat.png"}]}
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
    assert (photo.text, photo.image, photo.kind) == (None, image, "post")
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
