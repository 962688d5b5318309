"""What reports are made from: tables, data frames, archives, scored or not."""

import json

import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest
from scored_tables import nested, write_csv, write_json_lines

import anymood
from anymood.errors import SettingError, TableError
from anymood.jobs import predict_files


def test_the_same_from_every_kind_of_table_and_frame(rows, tmp_path, corrected):
    many = [nested(row) for row in rows]
    parquet = tmp_path / "s.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(many), parquet)
    flat = [{k: float(v) if k.startswith("p_") else v for k, v in row.items()} for row in rows]
    sources = [
        write_csv(tmp_path / "s.csv", rows),
        str(write_json_lines(tmp_path / "s.jsonl", many)),
        parquet,
        pandas.DataFrame(flat),
        polars.DataFrame(flat),
        polars.DataFrame(flat).lazy(),
        pyarrow.Table.from_pylist(many),
    ]
    reports = [anymood.report(each, model=corrected.folder, by="campaign") for each in sources]
    for report in reports[1:]:
        for one, other in zip(report.total.shares, reports[0].total.shares, strict=True):
            assert one.share == pytest.approx(other.share, abs=1e-4)
        assert [group.posts for group in report.breakdowns[0].groups] == [200, 100]
        assert len(report.series.periods) == 20


def test_posts_that_are_not_scored_yet(tmp_path, bundle):
    posts = [{"text": text} for text in ("love happy best", "awful sad", "table report", "") * 3]
    path = write_csv(tmp_path / "raw.csv", posts)
    report = anymood.report(path, model=bundle.folder)
    assert (report.rows, report.total.posts) == (12, 9)
    assert {share.label: round(share.counted * 9) for share in report.total.shares} == {
        "negative": 3, "neutral": 3, "positive": 3,
    }  # fmt: skip
    frame = anymood.report(polars.DataFrame(posts), model=anymood.load(bundle.folder))
    assert frame.total.shares == report.total.shares


def test_scored_and_other_rows_are_not_mixed(tmp_path, csv_file, bundle):
    raw = write_csv(tmp_path / "raw.csv", [{"text": "love"}])
    with pytest.raises(TableError, match=r"raw\.csv:2 is not predicted, but other rows are"):
        anymood.report([csv_file, raw], model=bundle.folder)


@pytest.mark.parametrize("posts", [None, 5, "", [], [5], [""], {"text": ["love"]}])
def test_inputs_of_other_types_are_an_error(posts, bundle):
    with pytest.raises(SettingError, match="inputs must be paths of files, not .* data frame .* also supported"):
        anymood.report(posts, model=bundle.folder)


def test_usual_names_of_columns_are_read_in_frames_as_in_files(bundle):
    report = anymood.report(pandas.DataFrame({"comment": ["love", "awful"]}), model=str(bundle.folder))
    assert report.total.posts == 2
    note = "a data frame: the column 'comment' is read as the text (text= selects another one)."
    assert report.method.reading[0] == note


def test_a_frame_that_cannot_be_read(bundle):
    with pytest.raises(TableError, match="neither a text nor an image column. It has no columns"):
        anymood.report(pandas.DataFrame(), model=str(bundle.folder))
    with pytest.raises(TableError, match="The frame has the column 'text' twice"):
        anymood.report(pandas.DataFrame([["a", "b"]], columns=["text", "text"]), model=str(bundle.folder))


def test_a_frame_that_predict_frame_scored(bundle, tmp_path):
    """Pandas has NaN where a row has no problem, no label or no campaign."""
    frame = pandas.DataFrame(
        {
            "text": ["love the day", "hate", None, "great"],
            "image": [None, "gone.jpg", None, None],
            "campaign": ["a", "b", None, "a"],
        }
    )
    scored = anymood.load(bundle.folder, threads=1, engine="onnxruntime").predict_frame(frame, image_folder=tmp_path)
    report = anymood.report(scored, model=bundle.folder, by="campaign")
    assert (report.rows, report.total.posts) == (4, 3)
    assert [(problem.reason, problem.posts) for problem in report.problems] == [
        ("missing image", 1),
        ("nothing to see", 1),
    ]


def test_notices_of_an_export_are_not_posts(tmp_path, bundle):
    messages = [
        {
            "id": "1",
            "type": "GuildMemberJoin",
            "timestamp": "2024-01-01T10:00:00+00:00",
            "content": "Joined the server.",
        },
        {"id": "2", "type": "Default", "timestamp": "2024-01-01T10:01:00+00:00", "content": "love it"},
    ]
    chat = {"guild": {"id": "1"}, "channel": {"id": "2"}, "messages": messages}
    (tmp_path / "chat.json").write_text(json.dumps(chat), encoding="utf-8")
    assert anymood.report(tmp_path / "chat.json", model=bundle.folder).rows == 1


def test_times_and_groups_within_objects_are_found(tmp_path, bundle):
    def post(day, text):
        record = {"text": text, "createdAt": f"2024-03-{day:02}T10:00:00Z"}
        quoted = {"record": {"createdAt": "2020-01-01T00:00:00Z"}}
        author = {"handle": "ana" if day % 2 else "bo", "createdAt": "2023-01-01T00:00:00Z"}
        return {"data": {"embed": quoted, "author": author, "record": record}}

    path = write_json_lines(tmp_path / "feed.jsonl", [post(day, "love") for day in range(1, 9)])
    scored = [tmp_path / "scored.jsonl", tmp_path / "scored.csv"]  # in CSV, objects are JSON in cells
    for target in scored:
        predict_files(anymood.load(bundle.folder), path, target)
    for posts in (path, *scored):
        report = anymood.report(posts, model=bundle.folder, by="data.author.handle")
        assert report.series.column == "data.record.createdAt"
        assert (report.series.first, report.series.last) == ("2024-03-01T10:00:00Z", "2024-03-08T10:00:00Z")
        assert [(group.name, group.posts) for group in report.breakdowns[0].groups] == [("ana", 4), ("bo", 4)]
    report = anymood.report(path, model=bundle.folder, created="data.author.createdAt")
    assert report.series.first == "2023-01-01T00:00:00Z"


def test_scored_posts_need_no_column_of_texts(rows, tmp_path, bundle):
    names = {"text": "titular", "image": "enlace"}
    path = write_csv(tmp_path / "s.csv", [{names.get(name, name): row[name] for name in row} for row in rows])
    for posts in (path, pandas.read_csv(path)):
        report = anymood.report(posts, model=bundle.folder, by="campaign")
        assert report.total.posts == 300
        assert not any(report.words.values())
        [note] = report.method.reading
        assert "no column is read as the text" in note
        named = anymood.report(posts, model=bundle.folder, text="titular")
        assert any(named.words.values())
        assert named.method.reading == ()
    with pytest.raises(TableError, match="neither a text nor an image column"):
        predict_files(anymood.load(bundle.folder), path, tmp_path / "again.csv")


def test_texts_in_several_columns_of_a_scored_table_are_noted(tmp_path, bundle):
    paths = [write_csv(tmp_path / f"{name}.csv", [{name: "love"}, {name: ""}]) for name in ("text", "content")]
    predict_files(anymood.load(bundle.folder), paths, tmp_path / "scored.csv")
    [note] = anymood.report(tmp_path / "scored.csv", model=bundle.folder).method.reading
    assert note.startswith("1 post was predicted from texts in other columns")
    report = anymood.report(tmp_path / "scored.csv", model=bundle.folder, text="text+content")
    assert report.method.reading == ()


def test_a_scored_table_of_posts_as_in_an_archive_is_a_table(tmp_path, bundle):
    record = {"$type": "app.bsky.feed.post", "text": "love", "createdAt": "2024-03-01T10:00:00Z"}
    post = {"uri": "at://1", "cid": "c", "author": {"handle": "ana"}, "record": record}
    path = write_json_lines(tmp_path / "feed.jsonl", [{"post": post}])
    assert anymood.report(path, model=bundle.folder).series.column == "created"
    predict_files(anymood.load(bundle.folder), path, tmp_path / "scored.jsonl", format="jsonl")
    report = anymood.report(tmp_path / "scored.jsonl", model=bundle.folder, by="post.author.handle")
    assert report.series.column == "post.record.createdAt"
    predict_files(anymood.load(bundle.folder), tmp_path / "scored.jsonl", tmp_path / "again.jsonl")
    assert json.loads((tmp_path / "again.jsonl").read_text("utf-8"))["post"] == post


def test_times_within_objects_are_found_beside_columns_without_times(tmp_path, bundle):
    posts = [
        {"publish_date_text": "now", "mblog": {"text": "love", "created_at": f"Tue Dec 0{day} 10:11:12 +0800 2026"}}
        for day in range(1, 6)
    ]
    path = write_json_lines(tmp_path / "weibo.jsonl", posts)
    predict_files(anymood.load(bundle.folder), path, tmp_path / "scored.csv")
    for table in (path, tmp_path / "scored.csv"):
        assert anymood.report(table, model=bundle.folder).series.column == "mblog.created_at"
