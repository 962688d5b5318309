import errno
from pathlib import Path

import numpy as np
import pytest

from anymood.files import cache_folder
from anymood.network.feature_cache import FeatureCache, digest


class Encoder:
    """Features of a key are its length and its first letter; counts what it is asked for."""

    def __init__(self, keys):
        self.keys, self.requested = keys, []

    def __call__(self, missing):
        self.requested += [self.keys[i] for i in missing]
        rows = {i: (len(self.keys[i]), ord(self.keys[i][0])) for i in missing if self.keys[i] != "none"}
        return {i: np.array(row, np.float32) for i, row in rows.items()}


def get(cache, *keys):
    encoder = Encoder(keys)
    features = cache.get(dict(enumerate(keys)), encoder)
    return [features[i].tolist() if i in features else None for i in range(len(keys))], encoder.requested


def test_a_key_is_computed_once(tmp_path):
    rows, computed = get(FeatureCache("e", tmp_path), "a", "bb", "a")
    assert rows == [[1, 97], [2, 98], [1, 97]]
    assert sorted(computed) == ["a", "bb"]
    rows, computed = get(FeatureCache("e", tmp_path), "ccc", "bb")
    assert rows == [[3, 99], [2, 98]]
    assert computed == ["ccc"]
    assert get(FeatureCache("e", tmp_path), "a", "bb", "ccc")[1] == []


def test_arrays_of_several_lengths(tmp_path):
    states = {key: np.full((len(key), 2), len(key), np.float16) for key in ("a", "bbb", "cc")}

    def get(*keys):
        cache = FeatureCache("e", tmp_path)
        return cache.get(dict(enumerate(keys)), lambda missing: {index: states[keys[index]] for index in missing})

    get("a", "bbb")
    for key, array in zip(("cc", "a", "bbb"), get("cc", "a", "bbb").values(), strict=True):
        np.testing.assert_array_equal(array, states[key], strict=True)
    assert len(FeatureCache("e", tmp_path).get({5: "bbb"}, pytest.fail)[5]) == 3


def test_encoders_do_not_share_features(tmp_path):
    get(FeatureCache("e", tmp_path), "a")
    assert get(FeatureCache("other", tmp_path), "a")[1] == ["a"]


def test_a_key_without_features_is_not_kept(tmp_path):
    rows, _ = get(FeatureCache("e", tmp_path), "none", "a")
    assert rows[0] is None
    assert rows[1] == [1, 97]
    assert get(FeatureCache("e", tmp_path), "none", "a")[1] == ["none"]


def test_keys_that_all_lack_features(tmp_path):
    cache = FeatureCache("e", tmp_path)
    assert get(cache, "none")[0] == [None]
    assert not cache.file.exists()


@pytest.mark.parametrize("damage", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_a_damaged_file_is_computed_anew(tmp_path, damage):
    cache = FeatureCache("e", tmp_path)
    get(cache, "a")
    cache.file.write_bytes(damage)
    rows, computed = get(cache, "a")
    assert (rows, computed) == ([[1, 97]], ["a"])
    assert get(cache, "a")[1] == []


def test_what_another_run_wrote_meanwhile_is_kept(tmp_path):
    cache = FeatureCache("e", tmp_path)

    def slow(missing):
        get(cache, "bb")
        return {0: np.array([1, 97], np.float32)}

    cache.get({0: "a"}, slow)
    assert get(cache, "a", "bb")[1] == []
    assert [file.name for file in tmp_path.iterdir()] == ["e.npz"]  # no half-written file stays


def test_where_the_cache_lies(monkeypatch, tmp_path):
    monkeypatch.setenv("ANYMOOD_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
    get(FeatureCache("e"), "a")
    assert (tmp_path / "mine" / "e.npz").is_file()
    monkeypatch.delenv("ANYMOOD_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "anymood"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == Path(tmp_path, ".cache", "anymood")


def test_a_digest_tells_its_parts_apart():
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("a") == digest(b"a") == digest("a")
    assert len({digest(), digest(""), digest("", "")}) == 3
    assert digest("a").isalnum()


def test_a_long_key_makes_the_others_no_longer(tmp_path):
    get(FeatureCache("e", tmp_path), *(f"word{n}" for n in range(1000)), "x" * 10_000, "é\ud83d")
    assert (tmp_path / "e.npz").stat().st_size < 50_000
    assert get(FeatureCache("e", tmp_path), "x" * 10_000, "é\ud83d", "word7")[1] == []


def test_a_full_disk_leaves_no_file_behind(tmp_path, monkeypatch):
    def full(file, **_):
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    assert get(FeatureCache("e", tmp_path), "a")[1] == ["a"]  # computed all the same
    assert list(tmp_path.iterdir()) == []
