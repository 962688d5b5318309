from collections import Counter

import pytest

from anymood.errors import SettingError
from anymood.jobs.inputs import RowPosition
from anymood.jobs.work_folder import Checkpoint

SAVED = Checkpoint(
    {"the model": "abc"}, 7, RowPosition(1, 3), 900, 20, Counter({"good": 4}), Counter({"encoding": 2}), complete=True
)


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    SAVED.save(tmp_path / "checkpoint.json")
    again = Checkpoint.load(tmp_path / "checkpoint.json")
    assert again == SAVED
    assert again.position.number == 3
    assert again.labels["bad"] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.json"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"version": 99}', b'{"version": 1}', b"\xff"])
def test_invalid_checkpoints_are_errors_with_advice(tmp_path, content):
    (tmp_path / "checkpoint.json").write_bytes(content)
    with pytest.raises(SettingError, match=r"checkpoint\.json cannot be continued.*--restart"):
        Checkpoint.load(tmp_path / "checkpoint.json")


def test_differences_are_named_in_both_directions():
    assert SAVED.differences({"the model": "abc"}) == []
    assert SAVED.differences({"the model": "xyz", "more": "x"}) == ["the model", "more"]
    assert SAVED.differences({}) == ["the model"]
