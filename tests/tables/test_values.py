import datetime

from anymood.tables.values import as_text, nested_names, plain, value_at


def test_plain_values_are_what_json_can_hold():
    day = datetime.date(2025, 1, 31)
    assert plain({"a": (1, float("inf")), 2: day, "b": b"\xff\xd8", "c": True}) == {
        "a": [1, None],
        "2": "2025-01-31",
        "b": None,
        "c": True,
    }


def test_values_as_texts():
    values = ["a", 1, True, None, float("nan"), float("inf"), [1, "é"], b"\xff", "half\ud800"]
    assert [as_text(value) for value in values] == ["a", "1", "true", None, None, "inf", '[1, "é"]', None, "half?"]


def test_bytes_of_a_text_are_that_text():
    """Hive and Impala write texts as bytes, which no output may lose."""
    assert [plain("süß".encode()), as_text([b"ok"]), plain(b"\0\0\1")] == ["süß", '["ok"]', None]


def test_values_within_columns_have_names():
    values = {"record": {"text": "a", "embed": {"alt": "b"}}, "data": [{"text": "c"}, {"text": "d"}], "n": 1}
    assert nested_names(values) == {"record.text", "record.embed", "record.embed.alt", "data.text"}


def test_values_are_found_by_their_names():
    values = {"record": {"text": "a", "more.text": "m"}, "one": [{"text": "b"}], "a.b": {"c": 1}, "record.n": 2}
    assert value_at(values, "record.text") == "a"
    assert value_at(values, "record.more.text") == "m"
    assert value_at(values, "record.n") == 2  # a column of that name
    assert value_at(values, "one.text") == "b"
    assert value_at(values, "a.b.c") == 1
    assert [value_at(values, name) for name in ("gone", "record.gone", "record.text.more", "a.c")] == [None] * 4


def test_a_list_of_several_objects_is_not_a_value():
    several = [{"text": "c"}, {"text": "d"}]
    assert value_at({"data": several}, "data.text") == several
