from datetime import UTC, datetime

import pytest

from anymood.archives.values import dig, identifier, items, language, moment, repaired, unescaped, words


@pytest.mark.parametrize(
    "value",
    [
        1667642400,
        "1667642400",
        1667642400.0,
        "1667642400000",
        "Sat Nov 05 10:00:00 +0000 2022",
        "Sat Nov 05 12:00:00 +0200 2022",
        "2022-11-05T10:00:00.000Z",
        "2022-11-05T10:00:00",
        "2022-11-05 10:00:00 UTC",
        "2022-11-05 11:00:00 CET",
        "2022-11-05T05:00:00.0000000-05:00",
        "2022-11-05 12:00:00+02",  # of PostgreSQL
        "Sat Nov 05 03:00:00 PDT 2022",
    ],
)
def test_moments(value):
    assert moment(value) == datetime(2022, 11, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        "soon",
        -1,
        0,
        float("nan"),
        float("inf"),
        10**30,
        "2022-13-05 10:00",
        "Sat Xyz 05 10:00:00 +0000 2022",
        "Sat Nov 05 10:00:00 XYZ 2022",
        [],
        {},
    ],
)
def test_no_moments(value):
    assert moment(value) is None


def test_words():
    assert words(" a ") == " a "
    assert words("  ") is words(None) is words(3) is words(["a"]) is None
    assert words("a\ud83d") == "a\N{REPLACEMENT CHARACTER}"
    assert words("\ud83d\ude00") == "😀"
    words("\udcff").encode()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("bl\u00c3\u00a5b\u00c3\u00a6r", "blåbær"),
        ("\u00f0\u009f\u0098\u00a1", "😡"),
        ("plain", "plain"),
        ("déjà", "déjà"),  # no misreading of UTF-8
        ("日本", "日本"),
        ("caf\u00c3\u00a9 \u00f0\u009f", "café \N{REPLACEMENT CHARACTER}"),  # cut within a character
        (None, None),
    ],
)
def test_misread_utf_8(written, meant):
    assert repaired(written) == meant


def test_escapes():
    assert unescaped("a &amp;amp; b &lt;3") == "a &amp; b <3"
    assert unescaped("&amp;#x200B;", 2) == "\u200b"
    assert unescaped(None) is None


def test_languages():
    assert language("en") == "en"
    assert language("und") is language("qme") is language("zxx") is language(None) is language(3) is None
    assert language("qu") == "qu"


def test_identifiers():
    assert identifier(12) == identifier("12") == identifier(" 12 ") == "12"
    assert identifier(None) is identifier("") is identifier(True) is identifier([1]) is None


def test_values_within():
    assert dig({"a": [{"b": 1}]}, "a", 0, "b") == 1
    assert dig({"a": "text"}, "a", "b") is dig({"a": []}, "a", 0) is dig(None, "a") is dig([1], "a") is None
    assert items([1]) == [1]
    assert items(None) == items("ab") == items({"a": 1}) == []


def test_words_in_another_encoding():
    assert words("caf\udce9 \udc93closed\udc94") == "café “closed”"
    assert words("cut \udcf0\udc9f é") == "cut \ufffd é"
