import subprocess
import sys
from datetime import datetime

import pytest

from anymood.errors import MissingExtra, TableError
from anymood.tables.format import Dialect, Layout
from anymood.tables.formats import parquet

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def head(path):
    return parquet.Parquet().head(path, Dialect(), bool)


def read(path):
    return parquet.Parquet().records(path, head(path))


@pytest.fixture
def file(tmp_path):
    def write(**columns):
        path = tmp_path / "t.parquet"
        pq.write_table(pa.table(columns), path)
        return path

    return write


def test_values_of_every_kind_of_column(file):
    path = file(
        id=pa.array([1, None], pa.int64()),
        text=pa.array(["a", None], pa.string()),
        large=pa.array(["b", None], pa.large_string()),
        coded=pa.array(["c", None]).dictionary_encode(),
        nothing=pa.nulls(2),
        image=pa.array([b"jpg", None], pa.binary()),
        pair=pa.array([{"bytes": b"jpg", "path": None}, None]),
    )
    assert head(path).columns == ("id", "text", "large", "coded", "nothing", "image", "pair")
    first, second = read(path)
    assert list(first.values.values()) == [1, "a", "b", "c", None, b"jpg", {"bytes": b"jpg", "path": None}]
    assert set(second.values.values()) == {None}
    assert (second.number, second.where, second.problems) == (2, "t.parquet, row 2", [])


def test_rows_are_numbered_through_all_batches(file, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS_READ", 3)
    records = list(read(file(text=[str(n) for n in range(1, 11)])))
    assert [record.number for record in records] == list(range(1, 11))
    assert [record.values["text"] for record in records] == [str(n) for n in range(1, 11)]


@pytest.mark.parametrize("kind", ["string", "large_string", "dictionary"])
def test_bytes_that_are_not_utf8_are_a_problem_of_their_row(file, kind):
    broken = pa.array([b"fine", b"ol\xe9", None], pa.binary() if kind != "large_string" else pa.large_binary())
    texts = broken.view(pa.string() if kind != "large_string" else pa.large_string())
    if kind == "dictionary":
        texts = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int32()), texts[:2])
    records = list(read(file(text=texts)))
    assert [record.values["text"] for record in records] == ["fine", "ol\ufffd", None]
    assert [[p.reason for p in record.problems] for record in records] == [[], ["encoding"], []]


def test_a_value_that_python_cannot_hold_is_left_out(file):
    path = file(text=["a", "b"], when=pa.array([0, 2**62], pa.timestamp("us")))
    records = list(read(path))
    assert [record.values["text"] for record in records] == ["a", "b"]
    assert [[p.reason for p in record.problems] for record in records] == [[], ["wrong type"]]


def test_times_are_kept_to_the_microsecond_without_pandas(file):
    path = file(
        text=["a", "b"],
        at=pa.array([5001, None], pa.timestamp("ns", "UTC")),
        exact=pa.array([5001, None], pa.timestamp("ns")),
        took=pa.array([5001, None], pa.duration("ns")),
        all=pa.array([[5001], None], pa.list_(pa.timestamp("ns"))),
    )
    code = f"""if True:
        import sys
        from pathlib import Path
        class WithoutPandas:
            def find_spec(name, path=None, target=None):
                if name == "pandas":
                    raise ModuleNotFoundError(name)
        sys.meta_path.insert(0, WithoutPandas)
        from anymood.tables import read_rows
        for row in read_rows(Path({str(path)!r})):
            print(*row.values.values(), list(row.problems))
    """
    message = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    moment = "1970-01-01 00:00:00.000005"
    assert message.splitlines() == [
        f"a {moment}+00:00 {moment} 0:00:00.000005 [{datetime(1970, 1, 1, microsecond=5)!r}] []",
        "b None None None None []",
    ]


def test_what_is_not_a_parquet_is_refused(tmp_path, file):
    path = tmp_path / "other.parquet"
    path.write_text("id,text\n")
    with pytest.raises(TableError, match=r"other\.parquet cannot be read as Parquet"):
        head(path)
    with pytest.raises(TableError, match="does not exist"):
        head(tmp_path / "nowhere.parquet")
    whole = file(text=["a" * 1000])
    whole.write_bytes(whole.read_bytes()[:-200])
    with pytest.raises(TableError, match="cannot be read as Parquet"):
        head(whole)


def test_damage_inside_is_reported_with_the_row(file):
    path = file(text=[f"some longer text {n}" for n in range(2000)])
    raw = bytearray(path.read_bytes())
    raw[20:2000] = b"\xff" * 1980
    path.write_bytes(raw)
    with pytest.raises(TableError, match=r"cannot be read after row 0: [^\n]*[^\s.]\. Download") as caught:
        list(read(path))
    assert "\n" not in str(caught.value)


def test_without_pyarrow_the_error_names_the_extra(file, monkeypatch):
    path = file(text=["a"])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"pip install 'anymood\[parquet\]'"):
        head(path)


def test_missing_lists_of_fixed_length_are_explained(file):
    path = file(text=["a", "b"], vector=pa.array([[1.0, 2.0], None], pa.list_(pa.float64(), 2)))
    try:
        pq.read_table(path)
    except pa.ArrowException:
        message = r"after row 0: .* A list is missing in 'vector', and pyarrow cannot read .* leave out the column\."
        with pytest.raises(TableError, match=message):
            list(read(path))
    else:  # a version of pyarrow that can
        assert len(list(read(path))) == 2


@pytest.mark.parametrize("sizes", [[3000], [1, 1024, 1023, 952], [500, 1525, 975]])
def test_row_groups_do_not_depend_on_when_rows_were_flushed(tmp_path, sizes):
    partial = tmp_path / "rows.arrows"
    with partial.open("wb") as file:
        writer = parquet.ParquetWriter(file, Layout(("text",)))
        for size in sizes:
            for number in range(size):
                writer.write({"text": str(number)}, {})
            writer.flush()
    written = pq.read_metadata(writer.finish(partial))
    assert [written.row_group(group).num_rows for group in range(written.num_row_groups)] == [1024, 1024, 952]
