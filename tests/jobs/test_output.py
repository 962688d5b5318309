import csv
import io
import json
from collections import Counter

import pytest

from anymood.jobs.inputs import ReadOptions, RowPosition
from anymood.jobs.opening import open_inputs
from anymood.jobs.output import Output, Target
from anymood.jobs.work_folder import CHECKPOINT, Checkpoint
from anymood.labels import LabelSet
from anymood.posts import Post, Prediction, Problem, Reason
from anymood.tables.formats.csv import CsvWriter
from anymood.tables.formats.jsonl import JsonLinesWriter
from anymood.tables.formats.parquet import ParquetWriter
from anymood.tables.rows import Row

LABELS = LabelSet(("bad", "good"))
NOTHING = Prediction("none", problems=(Problem(Reason.NOTHING_TO_SEE, "Nothing there."),))


@pytest.fixture
def inputs(tmp_path):
    (tmp_path / "posts.csv").write_text("id,text\n", encoding="utf-8")
    return open_inputs([str(tmp_path / "posts.csv")], ReadOptions(), tmp_path)


def row(number, name):
    return Row(number, f"posts.csv:{number + 1}", Post(id=name), None, None, {"id": name, "text": ""}, ())


def test_problems_have_a_line_each_whatever_ends_lines_in_their_names(inputs, tmp_path):
    names = ["a\rb", "a\nb", "a\r\nb", 'a "b"', "a\tb,"]
    target = Target(None, io.BytesIO(), tmp_path / "e.csv", CsvWriter)
    with Output(tmp_path, Checkpoint({}), target, inputs, LABELS) as out:
        for number, name in enumerate(names, 1):
            out.add(RowPosition(0, number), row(number, name), NOTHING)
        out.finish()
    with (tmp_path / "e.csv").open(newline="", encoding="utf-8") as file:
        assert [row["id"] for row in csv.DictReader(file)] == names


class Interrupted(Counter):
    """Counts that are reached by Ctrl-C."""

    def __setitem__(self, *_):
        raise KeyboardInterrupt


def lines(path):
    return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_row_that_ctrl_c_has_cut_in_two_is_there_once(inputs, tmp_path):
    def begin():
        path = tmp_path / CHECKPOINT
        checkpoint = Checkpoint.load(path) if path.exists() else Checkpoint({})
        target = Target(tmp_path / "out.jsonl", None, tmp_path / "e.jsonl", JsonLinesWriter)
        return Output(tmp_path, checkpoint, target, inputs, LABELS)

    with pytest.raises(KeyboardInterrupt), begin() as out:
        out.add(RowPosition(0, 1), row(1, "a"), NOTHING)
        out.commit()
        out.checkpoint.problems = Interrupted()
        out.add(RowPosition(0, 2), row(2, "b"), NOTHING)  # it is in the file, and not yet counted
    with pytest.raises(KeyboardInterrupt), begin() as out:
        assert (out.checkpoint.rows, out.checkpoint.position) == (1, RowPosition(0, 1))
        out.add(RowPosition(0, 2), row(2, "b"), NOTHING)
        raise KeyboardInterrupt  # between two rows: both are kept
    with begin() as out:
        assert out.checkpoint.rows == 2
        assert lines(tmp_path / "rows.jsonl") == lines(tmp_path / "problems.jsonl") == ["a", "b"]


def test_rows_that_were_held_back_are_there_once(inputs, tmp_path, monkeypatch):
    parquet = pytest.importorskip("pyarrow.parquet")
    target, work = tmp_path / "out.parquet", tmp_path / "out.parquet.part"
    work.mkdir()

    def begin(checkpoint):
        return Output(work, checkpoint, Target(target, None, None, ParquetWriter), inputs, LABELS)

    def flush(writer):
        writer._file.write(b"some of them")
        raise KeyboardInterrupt

    with begin(Checkpoint({})) as out:
        out.add(RowPosition(0, 1), row(1, "a"), NOTHING)
    with (
        monkeypatch.context() as patch,
        pytest.raises(KeyboardInterrupt),
        begin(Checkpoint.load(work / CHECKPOINT)) as out,
    ):
        out.add(RowPosition(0, 2), row(2, "b"), NOTHING)
        patch.setattr(ParquetWriter, "flush", flush)
        out.commit()
    with begin(Checkpoint.load(work / CHECKPOINT)) as out:
        assert out.checkpoint.rows == 1
        out.add(RowPosition(0, 2), row(2, "b"), NOTHING)
        out.finish()
    assert parquet.read_table(target)["id"].to_pylist() == ["a", "b"]
