from collections import Counter

import pytest

from anymood.bulk.inputs import Place
from anymood.bulk.journal import Journal
from anymood.errors import SettingError

JOURNAL = Journal(
    {"the model": "abc"}, 7, Place(1, 3), 900, 20, Counter({"good": 4}), Counter({"encoding": 2}), complete=True
)


def test_a_journal_comes_back_as_it_was(tmp_path):
    JOURNAL.save(tmp_path / "journal.json")
    again = Journal.load(tmp_path / "journal.json")
    assert again == JOURNAL
    assert again.place.number == 3
    assert again.labels["bad"] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["journal.json"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"version": 99}', b'{"version": 1}', b"\xff"])
def test_what_is_no_journal_says_the_way_out(tmp_path, content):
    (tmp_path / "journal.json").write_bytes(content)
    with pytest.raises(SettingError, match=r"journal\.json cannot be gone on with.*--restart"):
        Journal.load(tmp_path / "journal.json")


def test_differences_are_named_in_both_directions():
    assert JOURNAL.differences({"the model": "abc"}) == []
    assert JOURNAL.differences({"the model": "xyz", "more": "x"}) == ["the model", "more"]
    assert JOURNAL.differences({}) == ["the model"]
