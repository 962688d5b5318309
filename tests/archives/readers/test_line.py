"""Chats of LINE."""

from datetime import datetime

import pytest

from anymood.archives import open_archive
from anymood.errors import InputError

LINE = "[LINE] Chat history with Bo\nSaved on: 2024/01/20 10:30\n\n2024/01/15(Mon)\n"


def test_messages_of_line(posts):
    chat = (
        LINE + '10:30\tAna\tso happy\ttoday\n10:31\tBo\t"two\nlines, ""really"""\n10:32\tAna\tbare\nsecond\n\n'
        '2024/01/16(Tue)\n00:05\tBo\t"quoted"\n'
    )
    results = posts("[LINE] Chat with Bo.txt", chat)
    assert [post.text for post in results] == ["so happy\ttoday", 'two\nlines, "really"', "bare\nsecond", '"quoted"']
    assert [post.created for post in results] == [
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
    results = posts("chat.txt", LINE + lines)
    reasons = [post.problems[0].reason.value if post.problems else None for post in results]
    assert reasons == ["media omitted"] * 2 + [None] * 3 + ["deleted message"] * 2 + [None]
    assert [post.kind for post in results] == ["post"] * 2 + ["notice"] * 3 + ["post"] * 3
    assert [post.images for post in results[:2]] == [1, 0]
    assert results[-1].text == "[sic]"


def test_lines_before_the_first_message_are_reported(posts):
    [lost, post] = posts("chat.txt", "2024/01/15(Mon)\na line of nothing\n10:30\tAna\tso happy\n")
    assert (lost.kind, lost.problems[0].reason) == ("unreadable", "not a post")
    assert post.text == "so happy"


def test_a_chat_of_line_with_blanks_for_tabs(posts):
    results = posts(
        "[LINE]Bo.txt",
        "2024.01.15 Monday\n10:30 Ana María so happy\n10:31 Bo wow\nreally\n10:32 Ana María Stickers\n"
        "10:33 Ana María Photos\n10:34 Ana María so sad\n10:35 Ana María unsent a message.\n"
        "10:36 Cy joined the group.\n2024.01.16 Tuesday\n9:00 PM Ana María that is all\n",
    )
    happy, wow, sticker, photo, sad, unsent, joined, last = results
    assert [post.text for post in (happy, wow, sad, last)] == ["so happy", "wow\nreally", "so sad", "that is all"]
    assert (happy.created, last.created) == (datetime(2024, 1, 15, 10, 30), datetime(2024, 1, 16, 21))
    assert [[problem.reason for problem in post.problems] for post in (sticker, photo, unsent)] == [
        ["media omitted"], ["media omitted"], ["deleted message"],
    ]  # fmt: skip
    assert (photo.images, joined.kind) == (1, "notice")


def test_senders_with_the_same_first_name(posts):
    texts = ("so happy", "what a day", "I am sad", "ok", "Photos")
    lines = [
        f"10:{n}{m} {name} {text}" for n, text in enumerate(texts) for m, name in enumerate(("Ana María", "Ana Ruiz"))
    ]
    results = posts(
        "[LINE]Bo.txt", "2024.01.15 Monday\n" + "\n".join([*lines, "11:00 Ana Ruiz", "11:01 Ana Vega new here"])
    )
    assert [post.text for post in results if post.text] == [
        *(text for text in texts[:4] for _ in range(2)), "Vega new here",
    ]  # fmt: skip


def test_what_a_sender_often_says_is_not_a_name(posts):
    texts = [
        "I am glad",
        "I am sad",
        "I love it",
        "no way",
        "what a day",
        "so nice of you",
        "yes we can",
        "good night all",
    ]
    results = posts(
        "[LINE]Bo.txt", "2024.01.15 Monday\n" + "\n".join(f"10:1{n} Ana {text}" for n, text in enumerate(texts))
    )
    assert [post.text for post in results] == texts


def test_a_plan_of_a_day_is_not_a_chat_of_line(write):
    with pytest.raises(InputError):
        open_archive(write("plan.txt", "2024.01.15\n10:30 Meet Bo\n11:30 Meet Cy\n"))


def test_a_table_with_tabs_is_not_a_chat_of_line(write):
    path = write("table.txt", "time\tname\ttext\n10:30\tAna\tso happy\n")
    with pytest.raises(InputError, match="not an archive of a known format"):
        open_archive(path)
