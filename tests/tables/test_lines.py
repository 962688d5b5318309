import gzip
import os
import tomllib
from pathlib import Path

import pandas
import pytest

from anymood import text_decoding
from anymood.errors import SettingError, TableError
from anymood.tables.lines import read_lines, require_file, table_path


def texts(path):
    return [(line.text, line.mended) for line in read_lines(path)]


@pytest.fixture
def file(tmp_path):
    def write(content, name="lines.txt"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_lines_keep_their_ends_and_count_from_one(file):
    lines = list(read_lines(file("a\nb\r\nc\rd é".encode())))
    assert [(line.number, line.text, line.mended) for line in lines] == [
        (1, "a\n", False),
        (2, "b\r\n", False),
        (3, "c\r", False),
        (4, "d é", False),
    ]


def test_a_file_without_permission(file, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(TableError, match=r"lines\.txt cannot be read: permission denied\."):
        require_file(file(b"a"))


def test_a_byte_order_mark_is_not_text(file):
    assert texts(file(b"\xef\xbb\xbfid\n")) == [("id\n", False)]


def test_a_byte_order_mark_makes_no_line_utf8(file):
    assert texts(file(b"\xef\xbb\xbfol\xe9\n")) == [("olé\n", True)]


def test_only_line_ends_end_lines(file):
    written = "a\x0bb\x0cc\x1cd\x85e\u2028f\n"
    assert texts(file(written.encode())) == [(written, False)]


def test_western_european_bytes_are_read_as_windows_1252(file):
    assert texts(file("olé “ok” €\n".encode("cp1252") + b"plain\n")) == [("olé “ok” €\n", True), ("plain\n", False)]


def test_bytes_that_windows_1252_lacks_are_replaced(file):
    assert texts(file(b"ol\xe9 \x81\n")) == [("olé \ufffd\n", True)]


def test_a_cut_character_in_utf8_spoils_no_other(file):
    assert texts(file("olé 😀".encode()[:-1] + b"\n")) == [("olé \ufffd\n", True)]


SENTENCES = tomllib.loads(Path(__file__).parents[2].joinpath("recipes", "languages.toml").read_text(encoding="utf-8"))[
    "train"
]


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        ("ru", "cp1251"),
        ("uk", "cp1251"),
        ("el", "cp1253"),
        ("he", "cp1255"),
        ("ar", "cp1256"),
        ("th", "cp874"),
        ("ja", "shift_jis"),
        ("ja", "euc_jp"),
        ("ko", "cp949"),
        ("zh", "gb18030"),
        ("zh", "big5"),
        ("pl", "cp1250"),
        ("cs", "cp1250"),
        ("tr", "cp1254"),
        *((language, "cp1252") for language in ("de", "es", "fr", "it", "pt", "sv")),
    ],
)
def test_the_older_encoding_of_a_file_is_recognised(file, language, encoding):
    posts = (text for of_label in SENTENCES[language].values() for text in of_label)
    content = "".join(f"{number},{text}\n" for number, text in enumerate(posts)).encode(encoding, "ignore")
    read = texts(file(content + "\u20ac in UTF-8, Привет 你好\n".encode()))
    assert "".join(text for text, _ in read[:-1]) == content.decode(encoding)
    assert all(mended or text.isascii() for text, mended in read[:-1])
    assert read[-1] == ("\u20ac in UTF-8, Привет 你好\n", False)


def test_a_few_turkish_posts_that_repeat_are_recognised(file):
    posts = [f"{text}\n" for of_label in SENTENCES["tr"].values() for text in of_label[:4]] * 3
    read = texts(file("".join(posts).encode("cp1254")))
    assert [text for text, _ in read] == posts


@pytest.mark.parametrize("language", ["ru", "ja", "th"])
def test_a_file_of_cut_utf8_is_in_no_older_encoding(file, language):
    posts = [f"{text} 😀" for of_label in SENTENCES[language].values() for text in of_label]
    content = b"".join(post.encode()[:-1] + b"\n" for post in posts)
    assert texts(file(content)) == [(f"{post[:-1]}\ufffd\n", True) for post in posts]


@pytest.mark.parametrize("end", ["", ", and then we left\u2026", " \u2013 why?"])
def test_punctuation_beyond_ascii_tells_no_other_encoding(file, end):
    texts_of_posts = ("never again", "what a day", "that\u2019s it", "I\u2019m in", "it isn\u2019t") * 20
    posts = [f"“{text}”{end}\n" for text in texts_of_posts]
    assert texts(file("".join(posts).encode("cp1252"))) == [(post, True) for post in posts]


@pytest.mark.parametrize("name", ["lines.csv.gz", "LINES.CSV.GZ"])
def test_gzip_by_name(file, name):
    assert texts(file(gzip.compress(b"a\nb\n"), name)) == [("a\n", False), ("b\n", False)]


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("id,text\n".encode("utf-32"), "a.csv", "UTF-32"),
        (gzip.compress(b"a"), "a.csv", "gzip"),
        (b"PK\x03\x04rest", "a.csv", "Excel"),
        (b"PAR1rest", "a.csv", "Parquet"),
        (gzip.compress("id,text\n".encode("utf-32")), "a.csv.gz", "UTF-32"),
        (b"id,text\n", "a.csv.gz", "is not gzipped, although its suffix is .gz"),
        (gzip.compress(b"id,text\n" * 1000)[:-20], "a.csv.gz", "cannot be read to the end"),
        (b"", "a.csv", "is empty"),
    ],
)
def test_a_file_of_another_kind_is_refused(file, content, name, message):
    with pytest.raises(TableError, match=rf"{name} .*{message}"):
        list(read_lines(file(content, name)))


def test_a_table_is_given_by_its_path(tmp_path, monkeypatch):
    for wrong in (None, 3, b"a.csv", ["a.csv"], pandas.DataFrame({"text": ["a"]})):
        with pytest.raises(SettingError, match="A table is given by its path, not as a .*Write a data frame"):
            table_path(wrong)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TableError, match="A URL is not fetched: download the file first"):
        require_file(table_path("https://example.org/a.csv"))


def test_require_file_says_what_is_there_instead(tmp_path):
    with pytest.raises(TableError, match="nowhere.csv does not exist"):
        require_file(tmp_path / "nowhere.csv")
    (tmp_path / "scored.csv.part").mkdir()
    with pytest.raises(TableError, match=r"not finished: its rows so far are in .*scored\.csv\.part\..* resumes it"):
        require_file(tmp_path / "scored.csv")
    with pytest.raises(TableError, match="is a folder"):
        require_file(tmp_path)
    with pytest.raises(TableError, match="cannot be read: File name too long"):
        require_file(tmp_path / ("x" * 5000))
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(TableError, match="is a pipe or a device"):
        require_file(tmp_path / "pipe.csv")
    with pytest.raises(TableError, match="Only anymood predict and anymood report read standard input"):
        require_file(Path("/dev/stdin"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_of_a_line_without_end_a_part_is_read(file, monkeypatch, end):
    monkeypatch.setattr(text_decoding, "LIMIT", 10)
    read = list(read_lines(file(f"short\n{'x' * 35}{end}{'y' * 9}\n{'z' * 10}".encode())))
    cut = [(line.text, line.cut) for line in read]
    if end:
        assert cut == [("short\n", False), ("x" * 10, True), ("y" * 9 + "\n", False), ("z" * 10, True)]
    else:
        assert cut == [("short\n", False), ("x" * 10, True), ("z" * 10, True)]
    assert [line.number for line in read] == list(range(1, len(read) + 1))
