import pytest

from anymood.errors import SettingError
from anymood.service.limits import Limits


def test_concurrent_requests_grow_with_the_cores(monkeypatch):
    monkeypatch.setattr("anymood.service.limits.available_cores", lambda: 12)
    assert Limits().max_concurrent == 72


def test_a_limit_is_at_least_1():
    with pytest.raises(SettingError, match="max_concurrent is 0; it must be at least 1"):
        Limits(max_concurrent=0)
