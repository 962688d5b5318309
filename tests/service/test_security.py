import pytest

from anymood.errors import SettingError
from anymood.service.security import Keys, read_keys

KEY = "0123456789abcdef"


@pytest.mark.parametrize("header", [None, "", KEY, f"Basic {KEY}", f"Bearer {KEY}0", "Bearer", f"Bearer é{KEY}"])
def test_only_a_bearer_of_a_key_is_let_in(header):
    assert not Keys([KEY]).allow(header)
    assert Keys().allow(header)


@pytest.mark.parametrize("header", [f"Bearer {KEY}", f"bearer  {KEY}"])
def test_each_key_is_let_in(header):
    assert Keys(["x" * 16, KEY]).allow(header)


def test_a_file_has_a_key_a_line(tmp_path):
    file = tmp_path / "keys"
    file.write_text(f"\ufeff# the team\n\n{KEY}\n  {KEY[::-1]} \n", encoding="utf-8")
    keys = read_keys(file)
    assert keys
    assert keys.allow(f"Bearer {KEY[::-1]}")
    assert not keys.allow("Bearer # the team")


@pytest.mark.parametrize(
    ("content", "message"),
    [("# none\n", "No key"), ("short\n", "at least 16"), ("two words and more of them\n", "without spaces")],
)
def test_keys_that_cannot_be_used(tmp_path, content, message):
    file = tmp_path / "keys"
    file.write_text(content)
    with pytest.raises(SettingError, match=message):
        read_keys(file)
    with pytest.raises(SettingError, match="cannot be read"):
        read_keys(tmp_path / "none")
