import csv
import gzip
import io
import json
import tracemalloc

import pytest

from anymood.bulk.files import count_rows, predict_table, predicted_rows
from anymood.datasets.columns import Columns
from anymood.datasets.table import read_rows
from anymood.errors import SettingError, TableError

ROWS = [
    {"id": "a", "text": "love wonderful", "image": "", "likes": "3"},
    {"id": "b", "text": "awful", "image": "gone.jpg", "likes": ""},
    {"id": "c", "text": "", "image": "", "likes": "x"},
]


@pytest.fixture
def posts(tmp_path):
    path = tmp_path / "posts.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ROWS[0])
        writer.writeheader()
        writer.writerows(ROWS)
    return path


def read_csv(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_rows_keep_their_order_and_their_cells(model, posts, tmp_path):
    predict_table(model, posts, tmp_path / "out.csv", batch_size=2)
    written = read_csv(tmp_path / "out.csv")
    assert [{name: row[name] for name in ROWS[0]} for row in written] == ROWS
    assert [row["label"] for row in written] == ["positive", "negative", ""]
    assert [row["used"] for row in written] == ["text", "text", "none"]


def test_a_row_is_predicted_as_a_single_post_would_be(model, table, tmp_path):
    predict_table(model, table, tmp_path / "out.jsonl", batch_size=7)
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(written) == 60
    for row, given in zip(written, read_rows(table), strict=True):
        alone = model.predict(given.post.text, given.post.image)
        assert row["id"] == given.post.id
        assert row["predicted_label"] == alone.label
        assert row["probabilities"] == pytest.approx(alone.probabilities, abs=1e-5)
        assert row["disagreement"] == (
            None if alone.disagreement is None else pytest.approx(alone.disagreement, abs=1e-5)
        )


def test_problems_of_the_row_and_of_its_image_come_together(model, posts, odd_images, tmp_path):
    with posts.open("a", encoding="utf-8") as file:
        file.write(f"d,love,{odd_images['truncated']},1\n")
    summary = predict_table(model, posts, tmp_path / "out.csv")
    gone, empty, broken = read_csv(tmp_path / "out.csv")[1:]
    assert "posts.csv:3" in gone["problem"]
    assert "gone.jpg" in gone["problem"]
    assert gone["reason"] == "missing image"
    assert empty["reason"] == "nothing to see"
    assert "truncated.jpg" in broken["problem"]
    assert broken["label"] == "positive"
    assert summary.rows == 4
    assert summary.labels == {"negative": 1, "neutral": 0, "positive": 2}
    assert summary.problems == {"missing image": 1, "nothing to see": 1, "truncated": 1}


def test_an_image_that_is_gone_is_told_once_where_nothing_else_is_left(model, tmp_path):
    table = tmp_path / "posts.csv"
    table.write_text("image\ngone.jpg\n", encoding="utf-8")
    [(_, prediction)] = predicted_rows(model, read_rows(table))
    assert prediction.used == "none"
    assert prediction.reason == "missing image"
    assert "nothing" not in prediction.problem.lower()


def test_columns_go_by_other_names(model, tmp_path):
    table = tmp_path / "posts.tsv"
    table.write_text("tweet\tlabel\nlove\tgold\n", encoding="utf-8")
    predict_table(model, table, tmp_path / "out.tsv", Columns(text="tweet"))
    header, row = (tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines()
    assert header.split("\t")[:3] == ["tweet", "label", "predicted_label"]
    assert row.split("\t")[:3] == ["love", "gold", "positive"]


def test_a_stream_gets_rows_as_they_come_and_stays_open(model, posts):
    stream = io.BytesIO()
    predict_table(model, posts, stream, kind=".csv")
    assert stream.getvalue().count(b"\n") == 4


def test_progress_counts_the_rows(model, posts, tmp_path):
    seen = []
    predict_table(model, posts, tmp_path / "out.csv", progress=seen.append)
    assert seen == [1, 2, 3]


def test_what_fails_on_the_way_leaves_the_old_result_and_no_litter(model, tmp_path):
    whole = gzip.compress(b"text\n" + b"love, they said\n".replace(b",", b"") * 20000)
    table = tmp_path / "posts.csv.gz"
    table.write_bytes(whole[: len(whole) // 2])
    target = tmp_path / "out.csv"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(TableError):
        predict_table(model, table, target)
    assert target.read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "posts.csv.gz"]


@pytest.mark.parametrize(
    ("target", "told"), [("posts.csv", "the table that is read"), ("no/out.csv", "no folder"), ("out.xlsx", "end in")]
)
def test_a_target_that_cannot_be_is_refused(model, posts, target, told):
    with pytest.raises(SettingError, match=told):
        predict_table(model, posts, posts.parent / target)
    assert read_csv(posts) == ROWS


def test_memory_does_not_grow_with_the_table(model, tmp_path):
    def peak(rows):
        table = tmp_path / f"{rows}.csv"
        table.write_text("text\n" + f"love {'the ' * 200}\n" * rows, encoding="utf-8")
        tracemalloc.start()
        predict_table(model, table, tmp_path / "out.csv")
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(64)
    assert peak(1500) < peak(300) + 200_000  # bytes; 1,200 more texts are a million


def test_rows_are_counted_for_the_bar(model, posts, tmp_path):
    assert count_rows(posts) == 3
    packed = tmp_path / "p.jsonl.gz"
    packed.write_bytes(gzip.compress(b'{"text": "a"}\n{"text": "b"}\n'))
    assert count_rows(packed) == 2
    pytest.importorskip("pyarrow")
    predict_table(model, posts, tmp_path / "out.parquet")
    assert count_rows(tmp_path / "out.parquet") == 3


def test_parquet_that_fails_on_the_way_leaves_no_litter_either(model, tmp_path):
    pytest.importorskip("pyarrow")
    table = tmp_path / "posts.jsonl.gz"
    whole = gzip.compress("".join(f'{{"text": "love {n * 7919}"}}\n' for n in range(3000)).encode())
    table.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TableError):
        predict_table(model, table, tmp_path / "out.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["posts.jsonl.gz"]
