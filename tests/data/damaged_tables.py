"""Damaged and odd tables, the same each time: what each holds, and what must come of it."""

import gzip
import io
import json
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

REFUSED = "refused"  # a TableError that names the table
NAMED = "named"  # every row is there, and those that are damaged have the reason that is told
FINE = "fine"  # every row is there and has a label

TEXTS = ("love the sunny day", "awful, sad", 'she said "best"', "meeting", "wonderful \N{GRINNING FACE} d\xe9j\xe0 vu")


class TableCase(NamedTuple):
    """A table: its file's name and content, what must come of it, how many rows and reasons among them."""

    name: str
    content: bytes
    expected: str
    rows: int = 0
    reasons: dict[str, int] = {}  # noqa: RUF012 - a NamedTuple's default; nobody writes to it


def table_cases() -> list[TableCase]:
    """All of them."""
    rng = random.Random(20190223)  # noqa: S311 - the same tables each time
    return [*_refused(rng), *_delimited(), *_json_lines(), *_fine(), *_parquet(rng)]


def _csv(*lines: str, end: str = "\n") -> str:
    return end.join(("id,text", *lines, ""))


PLAIN = _csv(*(f"{number},love" for number in range(5)))


def _refused(rng: random.Random) -> Iterator[TableCase]:
    for suffix in ("csv", "tsv", "jsonl", "parquet", "csv.gz", "jsonl.gz"):
        yield TableCase(f"empty.{suffix}", b"", REFUSED)
        yield TableCase(f"chance.{suffix}", b"\x00\x01" + rng.randbytes(500), REFUSED)
        yield TableCase(f"parquet head.{suffix}", b"PAR1" + rng.randbytes(50), REFUSED)
        yield TableCase(f"zip.{suffix}", b"PK\x03\x04" + bytes(60), REFUSED)
        yield TableCase(f"zeros.{suffix}", bytes(2000), REFUSED)
    for suffix in ("csv", "tsv", "jsonl"):
        yield TableCase(f"blank.{suffix}", b" \n\n \r\n", REFUSED)
        yield TableCase(f"mark only.{suffix}", b"\xef\xbb\xbf", REFUSED)
        for encoding in ("utf-16-le", "utf-16-be", "utf-32"):  # the first two are without a mark
            yield TableCase(f"{encoding}.{suffix}", PLAIN.replace(",", "\t").encode(encoding), REFUSED)
        packed = gzip.compress(PLAIN.encode() * 50)
        yield TableCase(f"unnamed gzip.{suffix}", packed, REFUSED)
        yield TableCase(f"cut.{suffix}.gz", packed[: len(packed) // 2], REFUSED)
        yield TableCase(f"plain.{suffix}.gz", PLAIN.encode(), REFUSED)
    yield TableCase("twice.csv", b"text,text\na,b\n", REFUSED)
    yield TableCase("no column.csv", b"name,words\na,b\n", REFUSED)
    yield TableCase("no header.csv", b"1,love\n2,hate\n", REFUSED)
    yield TableCase("open quote in the header.csv", b'id,"text\n1,love\n', REFUSED)
    yield TableCase("values.jsonl", b'5\n"love"\nnull\n', REFUSED)


def _delimited() -> Iterator[TableCase]:
    def named(name: str, content: str | bytes, rows: int, **reasons: int) -> TableCase:
        data = content.encode() if isinstance(content, str) else content
        return TableCase(name, data, NAMED, rows, {key.replace("_", " "): count for key, count in reasons.items()})

    yield named("short.csv", _csv("1,love", "2", "3,love"), 3, ragged_row=1)
    yield named("long.csv", _csv("1,love", "2,love, really,yes", "3,love"), 3, ragged_row=1)
    yield named("all ragged.csv", _csv(*["a,b,c"] * 20), 20, ragged_row=20)
    yield named("open quote.csv", _csv("1,love", '2,"love', "3,love"), 3, unbalanced_quote=1)
    yield named("open quote at the end.csv", 'id,text\n1,love\n2,"love', 2, unbalanced_quote=1)
    yield named("quote within.csv", _csv('1,"love" them', "2,love"), 2, unbalanced_quote=1)
    yield named("many open quotes.csv", _csv(*(f'{n},"love' for n in range(9))), 9, unbalanced_quote=9)
    yield named("nul bytes.csv", _csv("1,lo\0ve", "2,love"), 2, NUL_byte=1)
    yield named("nul row.csv", _csv("\0,\0", "2,love"), 2, NUL_byte=1)
    yield named("latin.csv", _csv("1,ol\xe9 love", "2,love").encode("cp1252"), 2, encoding=1)
    yield named("cut character.csv", "id,text\n1,d\xe9j\xe0 vu love".encode()[:-9] + b"\n", 1, encoding=1)
    yield named("overlong.csv", b"id,text\n1,love \xc0\xaf\n2,love \xed\xa0\x80\n", 2, encoding=2)
    yield named("empty cells.csv", _csv("1,", "2,  ", "3,love"), 3, nothing_to_see=2)
    yield named(
        "missing images.csv",
        "text,image\nlove,gone.jpg\nlove,http://x.org/a.jpg\n",
        2,
        missing_image=1,
        image_is_a_URL=1,
    )
    yield named("image is a folder.csv", "image\n.\n..\n/\n", 3, missing_image=3)
    yield named("open quote.tsv", 'id\ttext\n1\t"love\n2\tlove\n3\tlove"\n', 3, unbalanced_quote=1)


def _json_lines() -> Iterator[TableCase]:
    good = json.dumps({"id": 1, "text": "love"})
    junk_lines = (
        "{",
        "}",
        "[1, 2]",
        "5",
        "null",
        '"love"',
        "love",
        '{"text": "love"',
        "{'text': 'love'}",
        '{"text": }',
        "NaN",
        "\ufeff{}x",
        '{"text": "love"} {"text": "love"}',
        "[" * 5000,
        '{"a": ' * 5000,
        '{"n": ' + "9" * 5000 + "}",
        "\x00",
        "{\x00}",
        "<html>",
    )
    for number, junk in enumerate(junk_lines):
        content = f"{good}\n{junk}\n{good}\n".encode()
        yield TableCase(f"junk{number}.jsonl", content, NAMED, 3, {"no JSON object": 1})
    cells = (
        ('{"text": 5}', "wrong type"),
        ('{"text": ["love"]}', "wrong type"),
        ('{"text": {"a": 1}}', "wrong type"),
        ('{"text": true}', "wrong type"),
        ('{"text": "love", "image": 5}', "wrong type"),
        ('{"text": "love", "image": {"path": 5}}', "wrong type"),
        ('{"text": "love \\ud83d"}', "encoding"),
        ('{"text": "love \\u0000"}', "NUL byte"),
        ('{"text": "love", "text": "hate"}', "duplicate key"),
        ('{"text": null}', "nothing to see"),
        ("{}", "nothing to see"),
        ('{"words": "love"}', "nothing to see"),
        ('{"text": NaN}', "nothing to see"),
        ('{"text": "love", "image": "gone.jpg"}', "missing image"),
        ('{"text": "love", "id": {"a": 1}}', "wrong type"),
    )
    for number, (line, reason) in enumerate(cells):
        yield TableCase(f"cell{number}.jsonl", f"{good}\n{line}\n{good}\n".encode(), NAMED, 3, {reason: 1})
    yield TableCase("bytes.jsonl", f"{good}\n".encode() + b'{"text": "love \xff"}\n', NAMED, 2, {"encoding": 1})


def _fine() -> Iterator[TableCase]:
    for end, name in (("\n", "line feeds"), ("\r\n", "both"), ("\r", "carriage returns")):
        yield TableCase(f"{name}.csv", _csv("1,love", "2,hate", end=end).encode(), FINE, 2)
    yield TableCase("mixed.csv", b"id,text\r\n1,love\n2,hate\r3,best\r\n\n\r\n4,sad", FINE, 4)
    yield TableCase("mark.csv", b"\xef\xbb\xbf" + PLAIN.encode(), FINE, 5)
    yield TableCase("mark.jsonl", b'\xef\xbb\xbf{"text": "love"}\r\n\r\n{"text": "hate"}', FINE, 2)
    for encoding in ("utf-16", "utf-16-be"):
        mark = b"\xfe\xff" * encoding.endswith("be")
        for suffix in ("csv", "tsv"):
            content = mark + PLAIN.replace(",", "\t").encode(encoding)
            yield TableCase(f"marked {encoding}.{suffix}", content, FINE, 5)
    yield TableCase("array.jsonl", b'[{"text": "love"}]', FINE, 1)
    yield TableCase("semicolons.csv", PLAIN.replace(",", ";").encode(), FINE, 5)
    yield TableCase("header only.csv", b"id,text\n", FINE, 0)
    yield TableCase("header only.tsv", b"id\ttext", FINE, 0)
    yield TableCase("lines in cells.csv", _csv('1,"love\nand ""hate"""', "2,love").encode(), FINE, 2)
    yield TableCase("upper case.csv", b"ID,TEXT\n1,love\n", FINE, 1)
    yield TableCase(
        "a hundred columns.csv", f"text,{','.join(f'c{n}' for n in range(100))}\nlove{',x' * 100}\n".encode(), FINE, 1
    )
    yield TableCase("no name.csv", b",text,\n1,love,2\n", FINE, 1)
    yield TableCase("ours.csv", b"text,label,p_positive,predicted_label,problem\nlove,a,b,c,d\n", FINE, 1)
    yield TableCase("long cell.csv", _csv("1," + "love " * 100_000).encode(), NAMED, 1, {"long text": 1})
    stacked = _csv("1,love" + "\u0301" * 50_000, "2,\u202elove\u202c").encode()
    yield TableCase("stacks.csv", stacked, NAMED, 2, {"long text": 1})
    yield TableCase("packed.csv.gz", gzip.compress(PLAIN.encode()), FINE, 5)
    yield TableCase("two packed.csv.gz", gzip.compress(PLAIN.encode()) + gzip.compress(b"6,love\n"), FINE, 6)


def _parquet(rng: random.Random) -> Iterator[TableCase]:
    import pyarrow
    from pyarrow import parquet

    def written(columns: dict[str, Any], **how: Any) -> bytes:
        file = io.BytesIO()
        parquet.write_table(pyarrow.table(columns), file, **how)
        return file.getvalue()

    whole = written({"id": list(range(200)), "text": [rng.choice(TEXTS) for _ in range(200)]})
    for number in range(16):
        yield TableCase(f"cut{number}.parquet", whole[: rng.randrange(5, len(whole) - 1)], REFUSED)
    for number in range(8):
        footer = bytearray(whole)
        footer[-8:-4] = rng.randrange(2**31).to_bytes(4, "little")
        yield TableCase(f"footer{number}.parquet", bytes(footer), REFUSED)
    yield TableCase("whole.parquet", whole, FINE, 200)
    yield TableCase("no rows.parquet", written({"text": pyarrow.array([], pyarrow.string())}), FINE, 0)
    yield TableCase("nulls.parquet", written({"text": ["love", None, ""]}), NAMED, 3, {"nothing to see": 2})
    yield TableCase("no column.parquet", written({"words": ["love"]}), REFUSED)
    yield TableCase("numbers.parquet", written({"text": [1, 2]}), NAMED, 2, {"wrong type": 2})
    yield TableCase(
        "binary.parquet",
        written({"image": [b"", b"\xff\xd8\xff", None]}),
        NAMED,
        3,
        {"truncated": 1, "nothing to see": 2},
    )
    raw = pyarrow.array([b"love \xff", b"love"]).view(pyarrow.string())
    yield TableCase("bytes.parquet", written({"text": raw}), NAMED, 2, {"encoding": 1})
