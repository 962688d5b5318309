import pytest

from anymood.errors import MissingExtra, optional_dependency


def test_a_missing_part_names_the_extra_and_the_command():
    message = r"^Drawing figures .*pip install 'anymood\[train\]'"
    with pytest.raises(MissingExtra, match=message) as caught, optional_dependency("Drawing figures", "train"):
        import anymood_has_no_such_part  # noqa: F401
    assert caught.value.extra == "train"
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_another_error_passes_through():
    with pytest.raises(ValueError, match="mine"), optional_dependency("Drawing figures", "train"):
        raise ValueError("mine")
