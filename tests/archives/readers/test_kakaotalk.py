"""Chats of KakaoTalk; names and messages are made up."""

from datetime import datetime

import pytest

ANDROID = "여행 3 님과 카카오톡 대화\n저장한 날짜 : 2024년 3월 12일 오전 9:22\n\n\n"
DASHES = "-" * 15
WINDOWS = f"여행 님과 카카오톡 대화\n저장한 날짜 : 2024-03-12 22:14:03\n\n{DASHES} 2024년 3월 11일 월요일 {DASHES}\n"
ENGLISH = "KakaoTalk Chats with Ana\nDate Saved : Mar 12, 2024 at 18:42\n\n"


def test_a_chat_of_android_in_korean(posts):
    results = posts(
        "KakaoTalkChats.txt",
        ANDROID
        + "2024년 3월 11일 오전 9:12\n2024년 3월 11일 오전 9:12, 아나 : 정말 좋다 : 진짜\n\n2024. 3. 9.\n"
        + "2024년 3월 11일 오후 12:05, 보 : 최악이야\n2024년 3월 11일 오후 2:05, 보님이 나갔습니다.\n",
    )
    assert [(post.text, post.kind) for post in results] == [
        ("정말 좋다 : 진짜\n\n2024. 3. 9.", "post"),
        ("최악이야", "post"),
        ("보님이 나갔습니다.", "notice"),
    ]
    assert [post.created for post in results] == [
        datetime(2024, 3, 11, 9, 12), datetime(2024, 3, 11, 12, 5), datetime(2024, 3, 11, 14, 5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "line", "hour"),
    [
        ("Talk_2024.3.12 08:50-1.txt\n저장한 날짜 : 2024. 3. 12. 오후 12:16\n", "2024. 3. 11. 오후 3:04, 아나 : ", 15),
        ("저장한 날짜 : 2024. 3. 12. 14:16\n\n2024년 3월 11일 월요일\n", "2024. 3. 11. 15:04, 아나 : ", 15),
        (ENGLISH + "Monday, March 11, 2024\n", "Mar 11, 2024 at 15:04, Ana Ruiz : ", 15),
        (ENGLISH, "March 11, 2024, 3:04 PM, Ana : ", 15),
        (ENGLISH, "March 11, 2024 at 12:04\u202fa.m., Ana : ", 0),
        (WINDOWS, "[아나 [팀]] [오전 12:04] ", 0),
        ("Ana with KakaoTalk Chats\nDate Saved : 2024-03-12 10:00:01\n\n---------- Monday, March 11, 2024 ----------\n",
         "[Ana] [3:04 PM] ", 15),
        (ENGLISH + "--------------- Monday, March 11, 2024 ---------------\n", "[Ana] [PM 3:04] ", 15),
    ],
)  # fmt: skip
def test_dates_and_names(posts, header, line, hour):
    [post] = posts("chat.txt", f"\ufeff{header}{line}so happy\r\n".replace("\n", "\r\n"))
    assert (post.text, post.created) == ("so happy", datetime(2024, 3, 11, hour, 4))


def test_media_and_notices(posts):
    messages = ["사진 3장", "동영상", "이모티콘", "파일: a.pdf", "삭제된 메시지입니다.", "보이스톡 해요", "사진 좋다"]
    lines = "".join(f"[아나] [오전 9:1{n}] {text}\n" for n, text in enumerate(messages))
    results = posts("chat.txt", WINDOWS + "아나님이 보님을 초대했습니다.\n" + lines)
    reasons = [post.problems[0].reason.value if post.problems else None for post in results]
    assert reasons == [None, *["media omitted"] * 4, "deleted message", None, None]
    assert [post.kind for post in results] == ["notice", *["post"] * 5, "notice", "post"]
    assert [post.images for post in results[1:5]] == [1, 1, 0, 0]
    assert results[-1].text == "사진 좋다"


def test_notices_in_english(posts):
    results = posts("c.txt", ENGLISH + "Feb 1, 2026 at 20:29: Ana invited Bo.\nFeb 1, 2026 at 20:35, Bo : Photo\n")
    assert [(post.kind, post.images) for post in results] == [("notice", 0), ("post", 1)]


def test_texts_without_the_header_are_not_chats(write):
    from anymood.archives import find_archive

    for text in ("[Ana] [3:04 PM] hello\n" * 5, "I like KakaoTalk Chats with friends\nso much\n", ANDROID):
        assert find_archive(write("posts.txt", text)) is None
