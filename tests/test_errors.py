import pickle

import pytest

from anymood.errors import ImageError, MissingExtra, TableError, optional_dependency
from anymood.posts import Reason


def test_a_missing_part_names_the_extra_and_the_command():
    message = r"^Drawing figures .*pip install 'anymood\[train\]'"
    with pytest.raises(MissingExtra, match=message) as caught, optional_dependency("Drawing figures", "train"):
        import anymood_has_no_such_part  # noqa: F401
    assert caught.value.extra == "train"
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_a_damaged_part_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "hides_another.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    message = (
        r"cannot be imported: cannot import name 'gone' .*hides_another\.py\)\. Reinstall it with: pip install --f"
    )
    with pytest.raises(MissingExtra, match=message), optional_dependency("Training", "train"):
        from hides_another import gone  # noqa: F401


def test_a_part_of_a_part_is_named():
    with pytest.raises(MissingExtra, match="^Reading"), optional_dependency("Training", "train"):
        raise MissingExtra("Reading", "parquet")


def test_another_error_passes_through():
    with pytest.raises(ValueError, match="mine"), optional_dependency("Drawing figures", "train"):
        raise ValueError("mine")


@pytest.mark.parametrize(
    "error",
    [ImageError("damaged", Reason.UNREADABLE), MissingExtra("Training", "train", "no torch"), TableError("no column")],
)
def test_errors_pass_between_processes(error):
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - its own
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
