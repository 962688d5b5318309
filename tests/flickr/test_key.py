import pytest

from anymood.errors import SettingError
from anymood.flickr.client import Key, read_key


def test_a_key_is_not_shown():
    key = Key("abc123")
    assert "abc123" not in f"{key} {key!r} {[key]}"
    assert key.hidden("say abc123\x1b[31m twice abc123" + "!" * 300).startswith("say *** [31m twice ***!!!")
    assert len(key.hidden("x" * 300)) == 200


def test_a_file_with_a_key(tmp_path):
    path = tmp_path / "key"
    path.write_text("abc123\n")
    assert read_key(path) == Key("abc123")


@pytest.mark.parametrize("content", [b"", b"  \n", b"key = abc123", b"abc123\nabc124", "ä".encode(), b"\xff"])
def test_files_without_one(tmp_path, content):
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(SettingError) as error:
        read_key(path)
    assert str(path) in str(error.value)
    assert "abc12" not in str(error.value).replace(str(path), "")


def test_a_file_that_does_not_exist(tmp_path):
    with pytest.raises(SettingError, match=r"cannot be read: .* Give a text file with the key"):
        read_key(tmp_path / "none")
