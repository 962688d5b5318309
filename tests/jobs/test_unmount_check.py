import pytest

from anymood.errors import TableError
from anymood.jobs.inputs import RowPosition
from anymood.jobs.unmount_check import UnmountCheck
from anymood.posts import Post, Problem, Reason
from anymood.tables.rows import Row


def row(image, *reasons):
    problems = tuple(Problem(Reason(reason), "it is so.", "t.csv:2") for reason in reasons)
    return RowPosition(0, 1), Row(1, "t.csv:2", Post(image=image), None, None, {}, problems)


def test_a_missing_image_is_a_problem_of_its_row_while_the_folder_exists(tmp_path):
    rows = [row(None, "missing image"), row(tmp_path / "a.jpg"), row(None, "missing image")]
    unmounts = UnmountCheck()
    assert list(unmounts.watched(iter(rows))) == rows
    unmounts.check(Reason("missing image"))
    unmounts.check(None)


def test_a_folder_that_no_longer_exists_ends_the_job(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    unmounts = UnmountCheck()
    rows = unmounts.watched(iter([row(folder / "a.jpg"), row(None, "encoding"), row(None, "missing image")]))
    next(rows)
    folder.rmdir()
    next(rows)
    with pytest.raises(TableError, match="images, from which images were read, no longer exists"):
        next(rows)
    unmounts.check(Reason("truncated"))
    with pytest.raises(TableError, match="images, from which images were read, no longer exists"):
        unmounts.check(Reason("unreadable"))


def test_another_folder_in_its_place_is_an_error(tmp_path):
    (tmp_path / "images").mkdir()
    unmounts = UnmountCheck()
    list(unmounts.watched(iter([row(tmp_path / "images" / "a.jpg")])))
    (tmp_path / "images").rename(tmp_path / "elsewhere")
    (tmp_path / "images").mkdir()
    with pytest.raises(TableError, match="images, from which images were read, no longer exists"):
        unmounts.check(Reason("missing image"))
