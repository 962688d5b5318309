import json
import textwrap
from pathlib import Path

import pytest

from anymood.errors import SettingError
from anymood.jobs.job import predict_files
from anymood.runtime.predictor import Model
from anymood.tables import registry
from anymood.tables.format import Format, Head, Record, Writer
from anymood.tables.registry import all_formats, compressed_suffix, format_of, is_table, register, suffixes
from anymood.tables.rows import Table


@pytest.fixture
def forget(monkeypatch):
    """Formats that a test registers are forgotten afterwards."""
    monkeypatch.setattr(registry.FORMATS, "_found", all_formats())


def test_the_formats_of_this_package():
    assert sorted(all_formats()) == ["csv", "excel", "json", "jsonl", "parquet", "text", "tsv"]
    assert {"csv", "jsonl"} <= {known.name for known in all_formats().values() if known.writer}


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("a.csv", "csv"),
        ("A.CSV.GZ", "csv"),
        ("a.b.tsv.zst", "tsv"),
        ("a.ndjson.xz", "jsonl"),
        ("a.json.bz2", "json"),
        ("a.parquet", "parquet"),
        ("a.xlsx", "excel"),
        ("a.parquet.gz", None),
        ("a.gz", None),
        ("a.txt", None),
        ("csv", None),
    ],
)
def test_formats_are_known_by_the_end_of_a_name(name, known):
    kind = format_of(name)
    assert (kind.name if kind else None) == known
    assert is_table(Path(name)) == (known is not None)


def test_suffixes_of_compressed_files():
    assert [compressed_suffix(name) for name in ("a.csv.gz", "a.csv.ZST", "a.csv")] == [".gz", ".zst", ""]
    assert suffixes(written=True)[0] == ".csv"


@pytest.mark.usefixtures("forget")
def test_a_format_of_ones_own_is_read_and_written(bundle, threads, tmp_path):
    class LinesWriter(Writer):
        suffix = ".texts"

        def write(self, values, added):
            self._file.write(f"{added['label']} {values['text']}\n".encode())

    @register
    class Texts(Format):
        name = "texts"
        description = "a text a line"
        suffixes = (".texts",)
        writer = LinesWriter

        def head(self, path, dialect, has_posts):
            return Head(columns=("text",))

        def records(self, path, head):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                yield Record(number, f"{path.name}:{number}", {"text": line})

    (tmp_path / "posts.texts").write_text("love\nawful\n")
    summary = predict_files(Model(bundle, threads), tmp_path / "posts.texts", tmp_path / "out.texts")
    assert summary.labels == {"negative": 1, "neutral": 0, "positive": 1}
    assert (tmp_path / "out.texts").read_text() == "positive love\nnegative awful\n"


@pytest.mark.usefixtures("forget")
def test_the_example_in_the_documentation_runs(tmp_path):
    code = textwrap.dedent(Format.__doc__.partition("::\n")[2].partition("Attributes:")[0])
    names = {}
    exec(f"from anymood.tables import *\n{code}", names)  # noqa: S102
    (tmp_path / "posts.texts").write_text("love\nawful\n")
    assert [row.post.text for row in Table(tmp_path / "posts.texts").rows()] == ["love", "awful"]


@pytest.mark.usefixtures("forget")
def test_a_name_or_suffix_that_is_taken_is_refused():
    for name, ends in (("csv", (".mine",)), ("mine", (".csv",))):

        class Mine(Format):
            description = ""

            def head(self, path, dialect, has_posts):
                raise NotImplementedError

            def records(self, path, head):
                raise NotImplementedError

        Mine.name, Mine.suffixes = name, ends
        with pytest.raises(SettingError, match=r"format of tables 'csv' already|'csv' already has the suffix \.csv"):
            register(Mine)


def test_a_format_may_be_given(tmp_path):
    path = tmp_path / "posts.txt"
    path.write_text(json.dumps({"text": "love"}))
    assert [row.post.text for row in Table(path, format="jsonl").rows()] == ["love"]
    with pytest.raises(SettingError, match="no format of tables 'yaml'. Available: csv, "):
        Table(path, format="yaml")
