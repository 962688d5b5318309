"""The package as others see it."""

import sys

import pytest

from anymood import training
from anymood.errors import MissingExtra


def test_without_the_extra_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "anymood.training.config", None)
    with pytest.raises(MissingExtra, match=r"pip install 'anymood\[train\]'"):
        _ = training.Recipe
    with pytest.raises(AttributeError, match="fly"):
        _ = training.fly
