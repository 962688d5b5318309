import csv
import io

import pytest

from anymood.bulk.inputs import Inputs, Place
from anymood.bulk.journal import Journal
from anymood.bulk.output import Output
from anymood.bulk.writers import DelimitedWriter
from anymood.datasets.columns import Columns
from anymood.datasets.table import Row
from anymood.labels import LabelSet
from anymood.posts import Post, Prediction

LABELS = LabelSet(("bad", "good"))
NOTHING = Prediction("none", problem="Nothing there.", reason="nothing to see")


@pytest.fixture
def inputs(tmp_path):
    (tmp_path / "posts.csv").write_text("id,text\n", encoding="utf-8")
    return Inputs.open([str(tmp_path / "posts.csv")], Columns(), tmp_path)


def row(number, name):
    return Row(number, f"posts.csv:{number + 1}", Post(id=name), None, None, {"id": name, "text": ""}, ())


def test_problems_have_a_line_each_whatever_ends_lines_in_their_names(inputs, tmp_path):
    names = ["a\rb", "a\nb", "a\r\nb", 'a "b"', "a\tb,"]
    with Output(tmp_path, Journal({}), DelimitedWriter, inputs, LABELS, io.BytesIO(), None, tmp_path / "e.csv") as out:
        for number, name in enumerate(names, 1):
            out.add(Place(0, number), row(number, name), NOTHING)
        out.finish()
    with (tmp_path / "e.csv").open(newline="", encoding="utf-8") as file:
        assert [row["id"] for row in csv.DictReader(file)] == names
