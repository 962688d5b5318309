import pytest

from anymood.bulk.inputs import Place
from anymood.bulk.vanishing import ImageDisk
from anymood.datasets.corpus import RowProblem
from anymood.datasets.table import Row
from anymood.errors import TableError
from anymood.posts import Post


def row(image, *reasons):
    problems = tuple(RowProblem(1, "t.csv:2", reason, "it is so.") for reason in reasons)
    return Place(0, 1), Row(1, "t.csv:2", Post(image=image), None, None, {}, problems)


def test_a_missing_image_is_the_rows_own_while_the_folder_stands(tmp_path):
    rows = [row(None, "missing image"), row(tmp_path / "a.jpg"), row(None, "missing image")]
    disk = ImageDisk()
    assert list(disk.seen(iter(rows))) == rows
    disk.check("missing image")
    disk.check(None)


def test_a_folder_that_is_gone_is_the_jobs(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    disk = ImageDisk()
    rows = disk.seen(iter([row(folder / "a.jpg"), row(None, "encoding"), row(None, "missing image")]))
    next(rows)
    folder.rmdir()
    next(rows)
    with pytest.raises(TableError, match="images is gone"):
        next(rows)
    disk.check("truncated")
    with pytest.raises(TableError, match="images is gone"):
        disk.check("unreadable")


def test_another_folder_in_its_place_is_no_comfort(tmp_path):
    (tmp_path / "images").mkdir()
    disk = ImageDisk()
    list(disk.seen(iter([row(tmp_path / "images" / "a.jpg")])))
    (tmp_path / "images").rename(tmp_path / "elsewhere")
    (tmp_path / "images").mkdir()
    with pytest.raises(TableError, match="images is gone"):
        disk.check("missing image")
