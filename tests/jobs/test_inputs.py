import errno
import gzip
import io
import json
import lzma
import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from anymood.errors import InputError, SettingError, TableError
from anymood.jobs import opening
from anymood.jobs.image_files import ImageFiles
from anymood.jobs.inputs import ReadOptions, RowPosition
from anymood.jobs.paths import find_paths


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Tables and images in folders, and the folder that commands run in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("id,text\n1,one\n2,two\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"text": "three", "when": 3}\n', encoding="utf-8")
    for name in ("photos/z.PNG", "photos/b/2.jpg", "photos/b/10.jpg", "photos/notes.txt", "lone.webp"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".txt":
            path.write_text("no image", encoding="utf-8")
        else:
            Image.new("RGB", (8, 8)).save(path)
    return tmp_path


def open_inputs(*arguments, spool=None):
    return opening.open_inputs(arguments, ReadOptions(), spool)


@pytest.fixture
def send(monkeypatch):
    def send(content):
        stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(content)))
        monkeypatch.setattr(sys, "stdin", stream)

    return send


@pytest.mark.usefixtures("folder")
def test_all_inputs_are_one_stream_that_can_be_entered_anywhere():
    inputs = open_inputs("a.csv", "photos", "lone.webp", "b.jsonl")
    assert inputs.columns == ("id", "text", "image", "when", "file")
    rows = list(inputs.rows())
    assert [(place, row.where) for place, row in rows] == [
        ((0, 1), "a.csv:2"),
        ((0, 2), "a.csv:3"),
        ((1, 1), "photos/b/10.jpg"),
        ((1, 2), "photos/b/2.jpg"),
        ((1, 3), "photos/z.PNG"),
        ((1, 4), "lone.webp"),
        ((2, 1), "b.jsonl:1"),
    ]
    assert rows[4][1].values == {"image": "photos/z.PNG", "file": "photos and 1 more"}
    assert inputs.count() == 7
    for done, (place, _) in enumerate(rows, 1):
        assert list(inputs.rows(place)) == rows[done:]
    assert list(inputs.rows(RowPosition(0, 0))) == rows


def test_rows_of_several_inputs_have_the_name_of_their_file(folder):
    (folder / "new").mkdir()
    (folder / "new" / "a.csv").write_text("text\nthree\n", encoding="utf-8")
    inputs = open_inputs("a.csv", "new/a.csv", "b.jsonl")
    assert inputs.columns == ("id", "text", "when", "file")
    assert [row.values["file"] for _, row in inputs.rows()] == ["a.csv", "a.csv", "new/a.csv", "b.jsonl"]
    assert "file" not in open_inputs("a.csv").columns
    (folder / "new" / "a.csv").write_text("text,file\nthree,mine\n", encoding="utf-8")
    inputs = open_inputs("a.csv", "new/a.csv")
    assert inputs.columns == ("id", "text", "file")
    assert [row.values["file"] for _, row in inputs.rows()] == ["a.csv", "a.csv", "mine"]


def test_a_text_file_that_is_named_holds_a_post_a_line(folder):
    (folder / "posts.txt").write_text("love\nsad\n", encoding="utf-8")
    inputs = open_inputs("posts.txt", "a.csv")
    assert [row.post.text for _, row in inputs.rows()] == ["love", "sad", "one", "two"]
    assert "posts.txt" not in [str(path) for path in find_paths("*")]


@pytest.mark.parametrize(
    ("begin", "is_told"),
    [
        ("[12/10/2023 14:25:10] Ana: ", True),
        ("12.10.2023, 2:25 PM Ana: ", True),
        ("Oct 12, 2023  2:25:10 PM\nAna\n", True),
        ("2023-10-12 ", False),
        ("at 14:25 on 12/10/2023 ", False),
    ],
)
def test_a_text_that_looks_like_a_chat_is_reported(folder, begin, is_told):
    (folder / "posts.txt").write_text("a chat\n" + 3 * f"{begin}so happy\n", encoding="utf-8")
    inputs = open_inputs("posts.txt")
    assert [note.startswith("posts.txt: it looks like a chat of") for note in inputs.notes] == [True] * is_told
    assert inputs.count() > 0


def test_patterns_find_what_can_be_read(folder):
    (folder / "out.csv.part").mkdir()
    assert [str(path) for path in find_paths("*")] == ["a.csv", "b.jsonl", "lone.webp", "photos"]
    assert [str(path) for path in find_paths("photos/**/*.jpg")] == ["photos/b/10.jpg", "photos/b/2.jpg"]
    with pytest.raises(TableError, match=r"\*\.txt matches no table, image or folder"):
        find_paths("photos/*.txt")


def test_a_name_may_look_like_a_pattern(folder):
    (folder / "a.csv").rename(folder / "a[1].csv")
    assert open_inputs("a[1].csv").count() == 2


def test_what_is_not_there_or_empty_is_reported(folder):
    with pytest.raises(TableError, match=r"gone\.jpg does not exist"):
        find_paths("gone.jpg")
    (folder / "dead.jpg").symlink_to("gone.jpg")
    assert find_paths("dead.jpg") == find_paths("dead*") == [Path("dead.jpg")]  # a row with a problem
    (folder / "none").mkdir()
    with pytest.raises(TableError, match=r"none contains no image.*\.jpg.*no table \(.*\.csv"):
        open_inputs("none")


def test_a_folder_without_images_is_read_as_its_tables(folder):
    names = (
        "b.csv",
        "day=1/a.csv",
        "day=1/_SUCCESS",
        "_log/0.csv",
        ".hidden.csv",
        "scored.csv.part/rows.csv",
        "read.me",
    )
    for name in names:
        path = folder / "lake" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text\n{name}\n", encoding="utf-8")
    assert [row.post.text for _, row in open_inputs("lake").rows()] == ["b.csv", "day=1/a.csv"]
    assert [part.name for part in open_inputs("lake", "a.csv").parts] == ["lake/b.csv", "lake/day=1/a.csv", "a.csv"]
    (folder / "lake" / "day=1" / "1.jpg").write_bytes((folder / "photos" / "b" / "2.jpg").read_bytes())
    assert open_inputs("lake").columns == ("image",)


@pytest.mark.parametrize("first", [1, 2, 3])
def test_a_subfolder_that_cannot_be_read_is_named(folder, monkeypatch, first):
    """Instead of predicting the rest; archives, tables and images are searched one after the other."""
    (folder / "tables/inner").mkdir(parents=True)
    (folder / "tables/t.csv").write_text("text\nlove\n")
    listed, times = os.scandir, []

    def scandir(path):
        times.extend(["inner"] * str(path).endswith("inner"))
        if str(path).endswith("inner") and len(times) >= first:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(InputError, match="tables/inner cannot be read: Permission denied"):
        open_inputs("tables")
    with pytest.raises(InputError, match=r"The folder tables/inner cannot be read: Permission denied\."):
        find_paths("t*/**/*.csv")


def test_a_change_shows_in_the_digest_of_its_input_alone(folder):
    inputs = open_inputs("a.csv", "photos", "b.jsonl")
    before = inputs.digests()
    assert inputs.digests() == before
    (folder / "a.csv").write_text("id,text\n1,one\n2,TWO\n", encoding="utf-8")
    (folder / "photos" / "b" / "2.jpg").rename(folder / "photos" / "b" / "3.jpg")
    after = inputs.digests()
    changed = [name for name in before if after[name] != before[name]]
    assert changed == [f"{(folder / 'a.csv').resolve()} (input 1)", "photos (input 2)"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\xef\xbb\xbftext\nlove\n", "stdin.csv"),
        (b'\n{"text": "love"}\n', "stdin.jsonl"),
        (gzip.compress(b"text\nlove\n"), "stdin.csv.gz"),
        (gzip.compress(b'{"text": "love"}\n'), "stdin.jsonl.gz"),
        (b"", None),
    ],
)
def test_standard_input_is_kept(send, tmp_path, content, name):
    send(content)
    if name is None:
        with pytest.raises(TableError, match="Standard input is empty"):
            open_inputs("-", spool=tmp_path)
        return
    inputs = open_inputs("-", spool=tmp_path)
    [(_, row)] = inputs.rows()
    assert row.post.text == "love"
    assert (tmp_path / name).read_bytes() == content
    before = inputs.digests()
    send(content)
    assert open_inputs("-", spool=tmp_path).digests() == before
    assert list(before) == ["standard input (input 1)"]


def test_images_of_standard_input_start_from_here(send, folder):
    send(b"image\nlone.webp\n")
    (folder / "spool").mkdir()
    [(_, row)] = open_inputs("-", spool=folder / "spool").rows()
    assert row.post.image == folder / "lone.webp"
    send(b"text\na\n")
    with pytest.raises(SettingError, match="Standard input cannot be stored"):
        open_inputs("-", spool=folder / "nowhere")


def test_parquet_keeps_its_types_where_all_agree(folder):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    file = arrow.field("file", arrow.string())
    numbers, texts = arrow.table({"text": ["a"], "n": [1]}), arrow.table({"text": ["a"], "n": ["x"]})
    for name, content in (("1", numbers), ("2", numbers), ("3", texts)):
        parquet.write_table(content, folder / f"{name}.parquet")
    assert open_inputs("1.parquet").layout().schema.equals(numbers.schema)
    assert open_inputs("1.parquet", "2.parquet").layout().schema.equals(numbers.schema.append(file))
    assert open_inputs("1.parquet", "2.parquet").count() == 2
    assert open_inputs("1.parquet", "3.parquet").layout().schema is None
    parquet.write_table(arrow.table({"image": [{"bytes": b"x", "path": None}]}), folder / "4.parquet")
    assert [part.has_image_bytes for part in open_inputs("a.csv", "4.parquet").parts] == [False, True]
    assert not any(part.has_image_bytes for part in open_inputs("a.csv", "1.parquet").parts)
    assert open_inputs("1.parquet", "a.csv").layout().schema is None


def test_rows_of_half_a_table_are_counted_as_far_as_they_go(folder):
    packed = gzip.compress(b"text\n" + "".join(f"{n * n}\n" for n in range(100_000)).encode())
    (folder / "half.csv.gz").write_bytes(packed[: len(packed) // 2])
    assert 10_000 < open_inputs("half.csv.gz").count() < 90_000
    (folder / "odd.csv.gz").write_bytes(packed[:20_000] + b"odd" * 10_000)
    assert 0 < open_inputs("odd.csv.gz").count() < 90_000


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_text_becomes_one(folder):
    odd = folder / "odd"
    odd.mkdir()
    with open(bytes(odd) + b"/\xff.png", "wb") as file:  # noqa: PTH123 - a Path takes no bytes
        Image.new("RGB", (8, 8)).save(file, "PNG")
    [row] = ImageFiles((odd,)).rows(0)
    assert json.dumps(row.values, ensure_ascii=False).encode().decode().endswith('\ufffd.png"}')
    assert row.post.image.read_bytes().startswith(b"\x89PNG")


def test_a_broken_link_is_a_row(folder):
    links = folder / "links"
    links.mkdir()
    (links / "dangling.jpg").symlink_to("gone.jpg")
    (links / "loop.jpg").symlink_to("loop.jpg")
    images = ImageFiles((links,))
    assert [row.post.image.name for row in images.rows(0)] == ["dangling.jpg", "loop.jpg"]
    assert images.digest() == images.digest()


def test_two_asterisks_follow_no_links(folder):
    (folder / "photos" / "b" / "loop").symlink_to(folder / "photos")
    (folder / "photos" / "b" / "other").symlink_to(folder)
    (folder / "photos" / ".hidden").mkdir()
    (folder / "photos" / ".hidden" / "x.jpg").touch()
    assert [str(path) for path in find_paths("photos/**/*.jpg")] == ["photos/b/10.jpg", "photos/b/2.jpg"]
    assert [str(path) for path in find_paths("**/*.PNG")] == ["photos/z.PNG"]
    assert [str(path) for path in find_paths(f"{folder}/**")] == [
        str(folder / name)
        for name in ("a.csv", "b.jsonl", "lone.webp", "photos/b/10.jpg", "photos/b/2.jpg", "photos/z.PNG")
    ]
    assert find_paths("**/b/**/10.*") == find_paths("photos/*/**/10.jpg") == [Path("photos/b/10.jpg")]


def test_two_asterisks_match_each_image_once(folder):
    assert len(find_paths("photos/**/*")) == 3
    (folder / "with [brackets]").mkdir()
    (folder / "lone.webp").rename(folder / "with [brackets]" / "lone.webp")
    assert [str(path) for path in find_paths("**/*.webp")] == ["with [brackets]/lone.webp"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b'[\n {"text": "love"}\n]', "stdin.json"),
        ("\ufeffid\ttext\n1\tlove\n".encode("utf-16-le"), "stdin.csv"),
        (lzma.compress(b'{"text": "love"}\n'), "stdin.jsonl.xz"),
    ],
)
def test_standard_input_of_other_formats(send, tmp_path, content, name):
    send(content)
    [(_, row)] = open_inputs("-", spool=tmp_path).rows()
    assert row.post.text == "love"
    assert (tmp_path / name).exists()


def test_messages_about_standard_input_name_no_file(send, tmp_path):
    send(b"a,b\n1,2\n")
    with pytest.raises(TableError, match=r"^standard input has neither a text nor an image column"):
        open_inputs("-", spool=tmp_path)
    send(b"text,image\nlove,gone.jpg\n")
    [(_, row)] = open_inputs("-", spool=tmp_path).rows()
    assert row.where == "standard input:2"
    assert str(row.problems[0]).startswith("standard input:2: its image 'gone.jpg' does not exist")
    send(gzip.compress(b"text\n" + b"".join(b"%d love\n" % (n * n) for n in range(50_000)))[:-2000])
    with pytest.raises(TableError, match="^standard input cannot be read to the end"):
        list(open_inputs("-", spool=tmp_path).rows())


def test_what_was_assumed_is_reported(folder):
    (folder / "c.csv").write_text("Id,Content,Photo URL\n1,love,https://e.example/a.jpg\n", encoding="utf-8")
    assert open_inputs("a.csv", "c.csv").notes == [
        "c.csv: the column 'Content' is read as the text (--text-column or text= selects another one).",
        "c.csv: the column 'Photo URL' is read as the image (--image-column or image= selects another one).",
    ]
    for name in ("d.csv", "e.csv", "f.csv", "g.csv"):
        (folder / name).write_text("Content\nlove\n", encoding="utf-8")
    assert open_inputs("d.csv", "e.csv", "f.csv", "g.csv").notes == [
        "d.csv, e.csv, f.csv and 1 more: the column 'Content' is read as the text (--text-column or text= selects "
        "another one)."
    ]
    (folder / "captions.csv").write_text("filename,caption\n1.jpg,love\n", encoding="utf-8")
    assert open_inputs("captions.csv").notes[1:] == [
        "captions.csv: no column is read as the image: --image-column or image= selects one, such as 'filename'."
    ]


def test_images_of_a_folder_are_recognised_by_content_and_skipped_files_are_reported(folder):
    photos = folder / "photos"
    data = (photos / "z.PNG").read_bytes()
    for name in ("a.jpg:large", "EAbc?format=jpg&name=small", "bare"):
        (photos / name).write_bytes(data)
    (photos / "._z.PNG").write_bytes(b"\0\5\x16\7")
    inputs = open_inputs("photos")
    names = [str(row.post.image.relative_to("photos")) for _, row in inputs.rows()]
    assert names == ["EAbc?format=jpg&name=small", "a.jpg:large", "b/10.jpg", "b/2.jpg", "bare", "z.PNG"]
    [note] = inputs.notes
    assert note.startswith("photos: 2 files skipped: ")
    assert "1 not an image (notes.txt)" in note
    assert "1 macOS metadata (._z.PNG)" in note
    assert inputs.count() == 6
    [(_, row)] = open_inputs("photos/bare").rows()
    assert row.values == {"image": "photos/bare"}


def test_only_some_of_many_skipped_files_are_named(folder):
    for number in range(10):
        (folder / "photos" / f"{number}.md").touch()
    [note] = open_inputs("photos").notes
    assert note == "photos: 11 files skipped: 11 not an image (0.md, 1.md, 2.md, 8 more)."


@pytest.mark.usefixtures("folder")
def test_an_input_that_is_given_twice():
    with pytest.raises(TableError, match=r"^a\.csv is given twice"):
        open_inputs("*.csv", "./a.csv")


def test_a_table_beside_images_is_named(folder):
    (folder / "photos" / "posts.csv").write_text("text\nbest day ever\n", encoding="utf-8")
    [note] = open_inputs("photos").notes
    assert "1 possibly a table, only read if named (posts.csv)" in note
