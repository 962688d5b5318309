"""Texts that a program has written as a value of its own."""

import pytest

from anymood.posts import Reason
from anymood.preparation.serialised import authors_text, joined_parts, listed_strings, serialised_image, unpacked


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (repr("so happy 😍".encode()), "so happy 😍"),
        (repr(b"I can't"), "I can't"),
        (repr('it\'s "so" 😡\n\\x'.encode()), 'it\'s "so" 😡\n\\x'),
        ("b'caf\\xe9'", "caf\ufffd"),
        ("b''", ""),
        ("b'é raw'", "é raw"),
        ('{"takeoutSegments": [{"text": "so happy"}]}', "so happy"),
        ('{"text": "late again."},{"text": "\n"},{"text": "Worst day"}', "late again.\nWorst day"),
        ('{"text":"see"},{"text":"https://e.example","link":{"linkUrl":"x"}}', "see https://e.example"),
        ('{"text": "a"}, {"mention": {"externalChannelId": "x"}}, {"text": "b"}', "ab"),
        ('["I ", {"type": "bold", "text": "hate"}, " this"]', "I hate this"),
        ("['I ', {'type': 'bold', 'text': \"can't\"}, ' this']", "I can't this"),
        ("[]", ""),
        (" [ ] ", ""),
    ],
)
def test_a_serialised_text_is_unpacked(written, text):
    assert unpacked(written) == text


@pytest.mark.parametrize(
    "text",
    [
        "best day",
        "b'",
        "b'open",
        "b'a' and b'b'",
        "b",
        "{love}",
        '{"text": broken',
        '{"other": "x"}',
        "[removed]",
        "[2/3] so happy",
        '["just", "strings"]',
        "['just', 'strings']",
        "['text': 1]",
        r"['a \d', {'text': 'b'}]",
        "[" * 10_000,
        '{"text":' * 5000,
        "",
        " ",
    ],
)
def test_other_texts_stay_as_they_are(text):
    assert unpacked(text) == text


def test_parts_that_are_not_text():
    assert joined_parts({"text": {"a": 1}}) is None
    assert joined_parts(["a", "b"]) is None
    assert joined_parts([{"text": "a"}, 5]) is None
    assert joined_parts("a") is None
    assert joined_parts([]) == ""


def test_what_an_author_wrote():
    assert authors_text(" love ") == (" love ", None)
    assert authors_text("b'love'") == ("love", None)
    assert authors_text("[]") == (None, None)
    text, problem = authors_text("\u200eimage omitted", "its body")
    assert (text, problem.reason) == (None, Reason.MEDIA_OMITTED)
    assert problem.message == "its body is 'image omitted', a placeholder for a missing text."


def test_lists_of_strings():
    assert listed_strings("['https://a.example/x.jpg', \"it's\"]") == ["https://a.example/x.jpg", "it's"]
    assert listed_strings('["a.jpg"]') == ["a.jpg"]
    assert listed_strings("[]") == []
    assert [listed_strings(text) for text in ("[1]", "['a'", "a", "['a' 'b']")] == [None] * 4


def test_images_as_python_and_json_write_them():
    data = bytes(range(256)) * 20
    assert serialised_image(repr(data)) == data
    assert serialised_image(repr([data])) == [data]
    assert serialised_image(repr({"bytes": data, "path": None})) == {"bytes": data, "path": None}
    assert serialised_image(repr([{"path": "a.jpg", "bytes": None}])) == [{"path": "a.jpg", "bytes": None}]
    assert serialised_image('{"bytes": null, "path": "a.jpg"}') == {"bytes": None, "path": "a.jpg"}
    assert serialised_image(' ["a.jpg", "b.jpg"]') == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    "text",
    ["beach.jpg", "b.jpg", "[1].jpg", "{a}.jpg", "b'cut", "b'\\xff' + b'a'", r"{'path': 'C:\data'}", "[b'" * 5000],
)
def test_paths_that_look_like_serialised_images(text):
    assert serialised_image(text) is None
