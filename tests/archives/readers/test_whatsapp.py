import zipfile
from datetime import datetime

import pytest

from anymood.archives import ZippedFile, open_archive

L = "\u200e"  # the left-to-right mark
N = "\u202f"  # the narrow no-break space


def texts(posts):
    return [post.text for post in posts]


@pytest.mark.parametrize(
    ("header", "time"),
    [
        ("20/6/2017 8:28 p. m. - ", "2017-06-20 20:28"),
        ("20/6/2017 8:28 p.\u00a0m. - ", "2017-06-20 20:28"),
        ("20/6/2017 12:05 a. m. - ", "2017-06-20 00:05"),
        ("20/06/17, 20:28 - ", "2017-06-20 20:28"),
        ("6/20/17, 8:28 PM - ", "2017-06-20 20:28"),
        (f"6/20/17, 8:28{N}PM - ", "2017-06-20 20:28"),
        ("2017-06-20, 8:28 p.m. - ", "2017-06-20 20:28"),
        ("2017/06/20, 8:28 pm - ", "2017-06-20 20:28"),
        ("20.06.17, 20:28 - ", "2017-06-20 20:28"),
        ("20-06-2017 20:28 - ", "2017-06-20 20:28"),
        ("20/06/2017 à 20:28 - ", "2017-06-20 20:28"),
        ("20.6.2017 klo 20.28 - ", "2017-06-20 20:28"),
        ("2017. 06. 20. 20:28 - ", "2017-06-20 20:28"),
        ("2017/6/20 下午8:28 - ", "2017-06-20 20:28"),
        ("2017/6/20 午後8:28 - ", "2017-06-20 20:28"),
        ("2017. 6. 20. 오후 8:28 - ", "2017-06-20 20:28"),
        ("20/6/2560 20:28 - ", "2017-06-20 20:28"),  # Thailand's calendar
        ("[20/06/17, 20:28:05] ", "2017-06-20 20:28:05"),
        (f"{L}[20/06/17, 8:28:05{N}PM] ", "2017-06-20 20:28:05"),
        ("[20.06.17, 20:28:05] ", "2017-06-20 20:28:05"),
        ("[2017-06-20, 20:28:05] ", "2017-06-20 20:28:05"),
        ("[20.6.2017 klo 20.28.05] ", "2017-06-20 20:28:05"),
        ("\u200f٢٠\u200f/٦\u200f/٢٠١٧، ٨:٢٨ م - ", "2017-06-20 20:28"),
        ("۲۰/۶/۲۰۱۷، ۲۰:۲۸ - ", "2017-06-20 20:28"),
        ("20/06/17 20:28:05: ", "2017-06-20 20:28:05"),
    ],
)
def test_dates_of_many_languages(posts, header, time):
    [post] = posts("_chat.txt", f"{header}Ana: so happy\n")
    assert post.text == "so happy"
    assert post.created == datetime.fromisoformat(time)


@pytest.mark.parametrize(
    ("dates", "months"),
    [
        (["3/4/2017", "25/4/2017"], [4, 4]),  # a day above 12
        (["3/4/2017", "4/25/2017"], [3, 4]),
        (["12/1/2017", "1/2/2017", "2/2/2017"], [1, 2, 2]),  # the order in which time goes on
        (["1/12/2017", "2/1/2017", "2/2/2017"], [1, 2, 2]),
        (["3/4/2017"], [4]),  # nothing tells
    ],
)
def test_day_or_month_first_is_recognised_by_the_whole_chat(posts, dates, months):
    results = posts("_chat.txt", "".join(f"{date}, 20:28 - Ana: x\n" for date in dates))
    assert [post.created.month for post in results] == months


@pytest.mark.parametrize(("clock", "month"), [("8:28 PM", 3), ("8:28\u202fPM", 3), ("8:28 p. m.", 4), ("8:28 pm", 4)])
def test_only_american_clocks_let_the_month_come_first(posts, clock, month):
    [post] = posts("_chat.txt", f"3/4/17, {clock} - Ana: x\n")
    assert post.created == datetime(2017, month, 7 - month, 20, 28)


def test_several_lines_to_a_message(posts):
    results = posts("_chat.txt", "20/06/17, 20:28 - Ana: one\n\ntwo\n20/06/17, 20:29 - Bo: three\n\n")
    assert texts(results) == ["one\n\ntwo", "three"]
    assert [post.where for post in results] == ["_chat.txt, line 1", "_chat.txt, line 4"]


def test_notices(posts):
    results = posts(
        "_chat.txt",
        "20/06/17, 20:27 - Messages and calls are end-to-end encrypted.\n"
        "20/06/17, 20:28 - Ana: hello: you\n"
        "20/06/17, 20:28 - Ana changed the subject from “Trip: day 1” to “Trip: day 2”\n",
    )
    assert [post.kind for post in results] == ["notice", "post", "notice"]
    assert results[1].text == "hello: you"


def test_ios_marks_what_it_writes_itself_in_any_language(posts):
    results = posts(
        "_chat.txt",
        f"[20/06/17, 20:28:01] Trip: {L}Messages and calls are end-to-end encrypted.\r\n"
        f"[20/06/17, 20:28:02] Trip: {L}Ana hat dich hinzugefügt\r\n"
        f"{L}[20/06/17, 20:28:03] Ana: {L}image omitted\r\n"
        f"{L}[20/06/17, 20:28:04] Ana: {L}This message was deleted.\r\n"
        f"[20/06/17, 20:28:05] Ana: better now {L}<This message was edited>\r\n"
        f"{L}[20/06/17, 20:28:06] Ana: my dog {L}image omitted\r\n",
    )
    assert [post.kind for post in results] == ["notice", "notice", "post", "post", "post", "post"]
    assert texts(results)[2:] == [None, None, "better now", "my dog"]
    assert [post.problems[0].reason for post in results[2:4]] == ["media omitted", "deleted message"]


def test_pictures_and_captions_of_ios(posts, write, picture):
    name = "00000012-PHOTO-2017-06-20-20-28-05.jpg"
    path = write(name, picture)
    results = posts(
        "_chat.txt",
        f"{L}[20/06/17, 20:28:05] Ana: {L}<attached: {name}>\r\n"
        f"{L}[20/06/17, 20:28:05] Ana: {L}<Anhang: {name}>\r\n"
        f"[20/06/17, 20:28:05] Ana: my dog {L}<attached: {name}>\r\n"
        f"[20/06/17, 20:28:05] Ana: {L}<添付ファイル: {name}>\nmy dog\r\n"
        f"[20/06/17, 20:28:05] Ana: {L}<attached: 00000013-AUDIO-2017-06-20.opus>\r\n"
        f"[20/06/17, 20:28:05] Ana: {L}<attached: 00000014-STICKER-2017.webp>\r\n"
        f"[20/06/17, 20:28:05] Ana: see <attached: x.jpg>\r\n",
    )
    assert [post.image for post in results] == [path, path, path, path, None, None, None]
    assert texts(results) == [None, None, "my dog", "my dog", None, None, "see <attached: x.jpg>"]
    assert results[4].problems[0].reason == "file attached"


@pytest.mark.parametrize(
    "line",
    ["{} (file attached)", "{} (Datei angehängt)", L + "{} (arquivo anexado)", "{} (файл добавлен)", "{} (any words)"],
)
def test_pictures_and_captions_of_android(posts, write, picture, line):
    path = write("IMG-20170620-WA0001.jpg", picture)
    results = posts(
        "WhatsApp Chat with Ana.txt",
        f"20/06/17, 20:28 - Ana: {line.format(path.name)}\n"
        f"20/06/17, 20:29 - Ana: {line.format(path.name)}\nmy dog\nis happy\n"
        "20/06/17, 20:30 - Ana: report.pdf (final)\n",
    )
    assert [post.image for post in results] == [path, path, None]
    assert texts(results) == [None, "my dog\nis happy", "report.pdf (final)"]


@pytest.mark.parametrize(
    "text", ["<Media omitted>", "<Medien ausgeschlossen>", "<Multimedia omitido>", "<any language here>"]
)
def test_files_that_were_not_exported(posts, text):
    results = posts("chat.txt", f"20/06/17, 20:28 - Ana: {text}\n20/06/17, 20:29 - Ana: {text}\nmy dog\n")
    assert texts(results) == [None, "my dog"]
    assert [[p.reason for p in post.problems] for post in results] == [["media omitted"], []]


@pytest.mark.parametrize("text", ["This message was deleted", "You deleted this message", "Se eliminó este mensaje."])
def test_deleted_messages(posts, text):
    [post] = posts("chat.txt", f"20/06/17, 20:28 - Ana: {text}\n")
    assert post.text is None
    assert post.problems[0].reason == "deleted message"


def test_edited_messages(posts):
    results = posts(
        "chat.txt", "20/06/17, 20:28 - Ana: so sad <This message was edited>\n20/06/17, 20:29 - Ana: <3 <3\n"
    )
    assert texts(results) == ["so sad", "<3 <3"]


def test_a_pasted_line_of_ios_ends_no_message(posts):
    """Breaks within a message are LF, ends of messages CR LF."""
    results = posts(
        "_chat.txt",
        "[20/06/17, 20:28:05] Ana: hello\r\n"
        "[20/06/17, 20:29:05] Bo: he wrote\n[20/06/17, 20:28:59] Zoe: I hate this\nbad, no?\r\n"
        "[20/06/17, 20:30:05] Ana: yes\r\n",
    )
    assert texts(results) == ["hello", "he wrote\n[20/06/17, 20:28:59] Zoe: I hate this\nbad, no?", "yes"]


def test_pasted_lines_of_the_other_system_end_no_message(posts):
    results = posts(
        "chat.txt", "20/06/17, 20:28 - Ana: look\n[01/02/16, 10:00:00] Zoe: I hate this\n20/06/17, 20:29 - Bo: yes\n"
    )
    assert texts(results) == ["look\n[01/02/16, 10:00:00] Zoe: I hate this", "yes"]
    results = posts(
        "chat.txt", "20/06/17, 20:28 - Ana: look\n[10:00, 1/2/2016] Zoe: I hate this\n20/06/17, 20:29 - Bo: yes\n"
    )
    assert texts(results) == ["look\n[10:00, 1/2/2016] Zoe: I hate this", "yes"]


def test_older_lines_of_strangers_are_pasted_if_later_lines_continue(posts):
    results = posts(
        "chat.txt",
        "20/06/17, 20:28 - Ana: look what they wrote\n"
        "13/05/17, 10:00 - Zoe: I hate this\n"
        "13/05/17, 10:01 - Yan: me too\n"
        "20/06/17, 20:29 - Bo: oh\n"
        "14/06/17, 09:00 - Ana: sent without a network\n"
        "20/06/17, 20:30 - Bo: ok\n",
    )
    assert texts(results) == [
        "look what they wrote\n13/05/17, 10:00 - Zoe: I hate this\n13/05/17, 10:01 - Yan: me too",
        "oh",
        "sent without a network",
        "ok",
    ]
    assert results[0].problems[0].reason == "pasted chat lines"


def test_two_chats_one_after_the_other_stay_separate(posts):
    second = "".join(f"{day:02}/05/17, 10:00 - Zoe: text {day}\n" for day in range(1, 29)) * 2
    results = posts("chat.txt", "20/06/17, 20:28 - Ana: hello\n" + second)
    assert len(results) == 57


def test_a_zip(tmp_path, picture):
    path = tmp_path / "WhatsApp Chat - Ana.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("_chat.txt", f"[20/06/17, 20:28:05] Ana: {L}<attached: 1-PHOTO.jpg>\r\n")
        opened.writestr("1-PHOTO.jpg", picture)
    [post] = open_archive(path)
    assert post.image == ZippedFile(path, "1-PHOTO.jpg")


def test_a_text_before_the_first_message_is_not_recognised(posts):
    results = posts("chat.txt", "20/06/17, 20:28 - Ana: x\n", format="whatsapp")
    assert len(results) == 1
    with pytest.raises(Exception, match="known format"):
        posts("notes.txt", "Shopping list\n20/06/17, 20:28 - Ana: x\n")


def test_a_reference_to_a_file_elsewhere_is_refused(posts, write, picture):
    write("secret.jpg", picture)
    [post] = posts("chat/_chat.txt", f"[20/06/17, 20:28:05] Ana: {L}<attached: ../secret.jpg>\r\n")
    assert post.image is None
    assert post.problems[0].reason == "missing image"


def test_videos_are_counted(posts):
    chat = (
        "20/06/17, 20:28 - Ana: VID-20200617-WA0001.mp4 (file attached)\n20/06/17, 20:29 - Ana: a.pdf (file attached)\n"
    )
    assert [(post.image, post.images) for post in posts("chat.txt", chat)] == [(None, 1), (None, 0)]
