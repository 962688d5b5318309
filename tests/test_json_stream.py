import io
import json
import tracemalloc

import pytest

from anymood import json_stream as module
from anymood.json_stream import ANY, ITEM, Broken, Value, documents, lines


def walk(text, *paths):
    data = text if isinstance(text, bytes) else text.encode()
    return list(documents(io.BytesIO(data), paths))


def data(values):
    return [f.data if isinstance(f, Value) else f.problem.reason for f in values]


def test_items_of_a_list():
    assert data(walk('[1, {}, [2], "x", null, true]', (ITEM,))) == [1, {}, [2], "x", None, True]


def test_values_on_their_way():
    text = json.dumps({"a": {"list": [{"m": [1, 2]}, {"m": [3]}]}, "id": 7, "b": {"list": [{"m": [4]}]}})
    values = walk(text, (ANY, "list", ITEM, "m", ITEM), ("id",))
    assert data(values) == [1, 2, 3, 7, 4]
    assert values[0].path == ("a", "list", ITEM, "m", ITEM)


def test_the_whole_document_and_documents_behind_each_other():
    assert data(walk('{"a": 1}\n{"a": 2} [3]', ())) == [{"a": 1}, {"a": 2}, [3]]


@pytest.mark.parametrize("prefix", ["window.YTD.tweets.part0 = ", "\ufeffwindow.YTD.tweet.part0=", "var x = "])
def test_an_assignment_before_the_document(prefix):
    assert data(walk(prefix + "[1, 2] ;\n", (ITEM,))) == [1, 2]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_chunks_may_end_anywhere(monkeypatch, size):
    monkeypatch.setattr(module, "CHUNK", size)
    value = [{"text": 'a "quoted" \\ {[ word', "n": [1.5, -20, True]}, {"é": "😀"}, 12345, "end"]
    text = json.dumps({"skip": {"deep": [value, "]}"]}, "list": value}, ensure_ascii=False, indent=1)
    assert data(walk(text, ("list", ITEM))) == value


def test_places_are_bytes_of_the_file():
    text = '["é", "b"]'
    values = walk(text, (ITEM,))
    assert [f.place for f in values] == ["byte 1", "byte 7"]


def test_a_bad_record_is_named_and_the_next_ones_follow():
    values = walk(r'[{"id": 1}, {"id": 2, "x": tru}, {"id": 3, "x": "\q"}, {"id": 4}]', (ITEM,))
    assert data(values) == [{"id": 1}, "invalid JSON", "invalid JSON", {"id": 4}]
    assert "byte 12" in values[1].problem.message


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": 1}, {"id": 2, "x": [1}, {"id": 3}, {"id": 4}]',  # a bracket is missing
        '[{"id": 1}, {"id": 2, "x": {"y": 1}, {"id": 3}, {"id": 4}]',  # the record's own
        '[{"id": 1}, {"id": 2, "x": "odd}, {"id": 3}, {"id": 4}]',  # a quote
        '[{"id": 1}, {"id": 2, "x": "a"b"}, {"id": 3}, {"id": 4}]',  # a quote too many
    ],
)
def test_records_behind_one_without_its_end_are_found(text):
    values = data(walk(text, (ITEM,)))
    assert values[:2] == [{"id": 1}, "invalid JSON"]
    assert values[2:4] == [{"id": 3}, {"id": 4}]


def test_a_missing_comma():
    assert data(walk('[{"a": 1} {"a": 2}]', (ITEM,))) == [{"a": 1}, {"a": 2}]


def test_control_characters_escaped_as_telegram_does():
    assert data(walk(r'[{"text": "a\x0Cb \\x0C"}]', (ITEM,))) == [{"text": "a\fb \\x0C"}]


def test_raw_line_breaks_within_strings():
    assert data(walk('["a\nb"]', (ITEM,))) == ["a\nb"]


@pytest.mark.parametrize("cut", [-1, -2, -5, -9, -12])
def test_a_document_that_is_truncated_is_reported(cut):
    text = '{"list": [{"id": 1}, {"id": 2}]}'
    values = walk(text[:cut], ("list", ITEM))
    assert values[0].data == {"id": 1}
    assert values[-1].problem.reason == "truncated file"
    assert "byte" in values[-1].problem.message


def test_bytes_that_are_not_utf_8_spoil_no_other_record():
    values = data(walk(b'[{"a": "\xff"}, {"a": "\xc3\xa9"}]', (ITEM,)))
    assert values[1] == {"a": "é"}


def test_nesting_beyond_reason_is_a_broken_record():
    deep = "[" * 20_000 + "]" * 20_000
    values = data(walk(f'[{{"id": 1}}, {deep}, {{"id": 2}}]', (ITEM,)))
    assert values == [{"id": 1}, "invalid JSON", {"id": 2}]


def test_deep_values_that_nobody_requested_are_passed():
    deep = "[" * 5000 + "]" * 5000
    assert data(walk(f'{{"other": {deep}, "list": [1]}}', ("list", ITEM))) == [1]


def test_a_value_beyond_the_limit_is_left_out(monkeypatch):
    monkeypatch.setattr(module, "MAX_VALUE", 1000)
    monkeypatch.setattr(module, "CHUNK", 100)
    values = data(walk(json.dumps([{"a": "x" * 5000}, {"a": "y"}]), (ITEM,)))
    assert values == ["too large", {"a": "y"}]


def test_a_record_without_its_end_in_a_file_beyond_the_limit(monkeypatch):
    monkeypatch.setattr(module, "MAX_VALUE", 1000)
    monkeypatch.setattr(module, "CHUNK", 100)
    records = ", ".join(json.dumps({"id": i, "text": "x" * 90}) for i in range(50))
    values = data(walk(f'[{{"id": "odd}}, {records}]', (ITEM,)))
    assert values[0] == "invalid JSON"
    assert [record["id"] for record in values[1:]] == list(range(50))


def test_many_broken_records_are_not_read_over_and_over(monkeypatch):
    monkeypatch.setattr(module, "MAX_BACK", 10_000)
    values = data(walk("[" + ", ".join('{"id": 1' for _ in range(2000)) + "]", (ITEM,)))
    assert set(values) == {"invalid JSON"}
    assert len(values) < 20


def test_memory_does_not_grow_with_the_file():
    record = json.dumps({"text": "a" * 1000}).encode() + b","

    class Long:
        """A stream of 10 MB that is nowhere as a whole."""

        pieces = iter([b"[", *[record * 100] * 100, b"1]"])

        def read(self, _size):
            return next(self.pieces, b"")

    tracemalloc.start()
    count = sum(1 for _ in documents(Long(), [(ITEM,)]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 10_001
    assert peak < 4_000_000


def test_lines():
    values = list(lines(io.BytesIO(b'\xef\xbb\xbf{"a": 1}\r\n\n[2]\nno\n{"a": 3}')))
    assert data(values) == [{"a": 1}, [2], "invalid JSON", {"a": 3}]
    assert [f.place for f in values] == ["line 1", "line 3", "line 4", "line 5"]


def test_lines_that_break_off():
    values = list(lines(io.BytesIO(b'{"a": 1}\n{"a": 2, "b')))
    assert data(values) == [{"a": 1}, "truncated file"]
    assert isinstance(values[-1], Broken)


def test_a_line_beyond_the_limit(monkeypatch):
    monkeypatch.setattr(module, "MAX_VALUE", 100)
    values = data(lines(io.BytesIO(b'{"a": 1}\n"' + b"x" * 950 + b'"\n{"a": 2}\n')))
    assert values == [{"a": 1}, "too large", {"a": 2}]


@pytest.mark.parametrize("size", [1, 5, 1 << 18])
def test_bytes_that_are_not_utf_8_are_reported_once_with_their_place(monkeypatch, size):
    monkeypatch.setattr(module, "CHUNK", size)
    text = '[{"a": "é"}, {"a": "café"}, {"a": "olé"}]'.encode("cp1252").replace(b"\xe9", "é".encode(), 1)
    values = walk(text, (ITEM,))
    assert data(values) == [{"a": "é"}, {"a": "caf\udce9"}, {"a": "ol\udce9"}, "encoding"]
    assert values[-1].place == "byte 24"
    values = list(lines(io.BytesIO(b'"a"\n"\xe9"\n"\xe9"\n')))
    assert data(values) == ["a", "encoding", "\udce9", "\udce9"]
    assert values[1].place == "line 2"
