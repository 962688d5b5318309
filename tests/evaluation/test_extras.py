import pytest

from anymood.errors import MissingExtra
from anymood.evaluation.extras import train_extra


def test_a_missing_part_names_the_extra_and_the_command():
    message = r"^Drawing figures .*pip install 'anymood\[train\]'"
    with pytest.raises(MissingExtra, match=message) as caught, train_extra("Drawing figures"):
        import anymood_has_no_such_part  # noqa: F401
    assert caught.value.extra == "train"
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_another_error_passes_through():
    with pytest.raises(ValueError, match="mine"), train_extra("Drawing figures"):
        raise ValueError("mine")
