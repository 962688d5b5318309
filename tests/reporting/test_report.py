"""Reports of what users have, by the public function."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image
from scored_tables import LABELS, table, write_csv, write_json_lines

import anymood
from anymood.errors import InputError, SettingError, TableError
from anymood.jobs import predict_files
from anymood.reporting import scored


def nested(row):
    """A row as JSON Lines and Parquet have it."""
    scores = {name: float(row[f"p_{name}"]) for name in LABELS}
    others = {name: row[name] for name in ("id", "text", "created", "campaign", "label", "used")}
    return others | {"probabilities": scores, "text_scores": scores, "image_scores": None, "disagreement": None,
                   "problem": None, "reason": None}  # fmt: skip


def test_counted_shares_where_nothing_is_known_of_errors(csv_file, rows, bundle):
    report = anymood.report(csv_file, model=bundle.folder)
    assert (report.rows, report.total.posts, report.labels) == (300, 300, LABELS)
    assert not report.method.corrected
    assert repr(report).startswith(f"<Report {report.title!r}: negative ")
    for share in report.total.shares:
        counted = np.mean([row["label"] == share.label for row in rows])
        assert share.share == share.counted == pytest.approx(counted)
        assert share.low < share.share < share.high


def test_corrected_shares(tmp_path, corrected):
    true = (0.15, 0.7, 0.15)
    report = anymood.report(write_csv(tmp_path / "s.csv", table(1000, shares=true)), model=corrected.folder)
    assert report.method.corrected
    assert report.method.labelled == "1,500 posts"
    for share, expected in zip(report.total.shares, true, strict=True):
        assert share.low <= expected <= share.high
    neutral = report.total.shares[1]
    assert abs(neutral.share - 0.7) < abs(neutral.counted - 0.7) / 2


def test_bundled_models_are_not_corrected(csv_file, corrected, monkeypatch):
    assert anymood.report(csv_file, model=corrected.folder).method.corrected
    monkeypatch.setattr("anymood.reporting.correction.is_bundled", lambda folder: folder == corrected.folder)
    assert not anymood.report(csv_file, model=corrected.folder).method.corrected


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


def test_a_group_that_differs_is_reported(tmp_path, corrected):
    sad, glad = table(300, 1, (0.7, 0.2, 0.1)), table(300, 2, (0.1, 0.2, 0.7))
    for row in sad:
        row["team"] = "sad"
    for row in glad:
        row["team"] = "glad"
    report = anymood.report(write_csv(tmp_path / "s.csv", sad + glad), model=corrected.folder, by="team")
    [breakdown] = report.breakdowns
    differences = {each.label: each for each in breakdown.differences}
    assert {each.first for each in breakdown.differences} == {"sad"}
    assert differences["negative"].p_value < 0.001
    assert differences["negative"].difference == pytest.approx(0.6, abs=0.15)
    assert differences["negative"].low > 0.4
    assert {each.word for each in breakdown.words["glad"]} >= {"sun"}


def test_files_are_compared(tmp_path, bundle):
    first, second = (write_csv(tmp_path / f"{name}.csv", table(60, seed)) for seed, name in enumerate(("may", "june")))
    [breakdown] = anymood.report([first, second], model=bundle.folder, by="file").breakdowns
    assert [(group.name, group.posts) for group in breakdown.groups] == [("may.csv", 60), ("june.csv", 60)]
    with pytest.raises(SettingError, match="There is no column 'file' in may.csv"):
        anymood.report(first, model=bundle.folder, by="file")
    (tmp_path / "new").mkdir()
    newer = write_csv(tmp_path / "new" / "may.csv", table(50))
    [breakdown] = anymood.report([first, newer], model=bundle.folder, by="file").breakdowns
    assert {group.name: group.posts for group in breakdown.groups} == {
        str(Path(tmp_path.name, "may.csv")): 60, str(Path("new", "may.csv")): 50,
    }  # fmt: skip
    rows = [row | {"file": "mine"} for row in table(60)]
    both = [write_csv(tmp_path / f"{name}.csv", rows) for name in "ab"]
    [breakdown] = anymood.report(both, model=bundle.folder, by="file").breakdowns
    assert [group.name for group in breakdown.groups] == ["mine"]


@pytest.mark.parametrize("middle", ["/" * 5, "/" * 60])
@pytest.mark.parametrize("end", ["/", "/" * 60])
def test_long_names_of_groups_are_distinguished(tmp_path, bundle, middle, end):
    rows = table(60)
    for number, row in enumerate(rows):
        row["campaign"] = f"https://example.org/{middle}{number % 2}{end}"
    [breakdown] = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder, by="campaign").breakdowns
    assert [group.posts for group in breakdown.groups] == [30, 30]
    assert len({group.name for group in breakdown.groups}) == 2
    assert all(len(group.name) <= 60 for group in breakdown.groups) or (middle, end) == (60 * "/", 60 * "/")


def test_other_columns_that_look_like_scores_are_ignored(tmp_path, bundle):
    kept = ("label", "p_good", "p_bad", "used")
    rows = []
    for n, row in enumerate(table(60)):
        good = 0.75 if n % 3 else 0.25
        earlier = {"p_value": "12", **row, "p_love": "0.9"}  # of another model
        now = ("good" if n % 3 else "bad", good, 1 - good, "text")
        rows.append(earlier | {f"predicted_{name}": value for name, value in zip(kept, now, strict=True)})
    path = write_csv(tmp_path / "s.csv", [{key: row[key] for key in row if key != "p_positive"} for row in rows])
    report = anymood.report(path, model=bundle.folder)
    assert {share.label: share.share for share in report.total.shares} == pytest.approx({"bad": 1 / 3, "good": 2 / 3})


def test_without_a_difference_none_is_reported(csv_file, corrected):
    report = anymood.report(csv_file, model=corrected.folder, by="campaign")
    assert all(each.p_value > 0.05 for each in report.breakdowns[0].differences)
    assert report.breakdowns[0].words == {"red": (), "blue": ()}


def test_many_groups_and_missing_values(tmp_path, bundle, rows):
    for number, row in enumerate(rows):
        row["campaign"] = "" if number % 10 == 0 else f"group {number % 40}"
    [breakdown] = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder, by="campaign").breakdowns
    assert sum(group.posts for group in breakdown.groups) == 300
    assert breakdown.groups[-1].name == "all others"
    assert "(none)" in {group.name for group in breakdown.groups}


def test_time(rows, tmp_path, bundle):
    rows[0]["created"] = "soon"
    rows[1]["created"] = ""
    series = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder).series
    assert (series.step, series.column, len(series.periods), series.undated) == ("day", "created", 20, 2)
    assert sum(period.posts for period in series.periods) == 298
    assert series.periods[0].start == "2024-05-01T00:00:00Z"
    assert "1 cell that cannot be read" in series.notes[0]
    weekly = anymood.report(tmp_path / "s.csv", model=bundle.folder, every="week").series
    assert weekly.periods[0].name == "week of 29 Apr 2024"


def test_the_words_of_an_unusual_day(rows, tmp_path, bundle):
    for row in rows:
        if row["created"].startswith("2024-05-03"):
            row["text"] = f"the main gate is closed {row['text']}"
    report = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder)
    [(day, [words])] = report.series.words.items()
    assert (day, words.word in words.phrase, words.posts, words.share) == ("3 May 2024", True, 15, 1.0)
    assert words.example.startswith("the main gate is closed")
    page = report.to_html()
    assert '<b><bdi dir="auto">3 May 2024</bdi></b> (15 posts): unusually frequent are' in page
    assert "Words that distinguish a day from all others" in page


def test_mistaken_times(rows, tmp_path, bundle):
    rows[0]["created"] = "1971-01-01"
    with pytest.raises(SettingError, match="Check for wrong times"):
        anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder)
    with pytest.raises(SettingError, match="Choose a longer step"):
        anymood.report(tmp_path / "s.csv", model=bundle.folder, every="hour")


def test_copies_count_as_one_statement(rows, tmp_path, bundle):
    for row in rows[:60]:
        row |= {"text": "win two tickets for the lake festival now " + row["id"], "label": "positive",
                "p_negative": "0", "p_neutral": "0", "p_positive": "1"}  # fmt: skip
    report = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder)
    assert (report.copies.posts, report.copies.sets) == (60, 1)
    assert report.copies.largest[0].posts == 60
    assert report.copies.once.posts == 241
    assert report.copies.once.shares[2].share < report.total.shares[2].share
    assert [each.copies for each in report.extremes["positive"]].count(60) == 1


def test_problems_are_counted_by_reason(rows, tmp_path, bundle):
    for row in rows[:7]:
        row |= {"label": "", "p_negative": "", "p_neutral": "", "p_positive": "", "used": "none", "text": "",
                "problem": "s.csv:1: its image does not exist", "reason": "missing image"}  # fmt: skip
    rows[8] |= {"problem": "cut", "reason": "too many words"}
    report = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder)
    assert [(each.reason, each.posts, each.without_label) for each in report.problems] == [
        ("missing image", 7, 7), ("too many words", 1, 0),
    ]  # fmt: skip
    assert (report.rows, report.total.posts) == (300, 293)


def test_posts_of_a_zipped_export_have_thumbnails(tmp_path, bundle, corpus_folder, monkeypatch):
    monkeypatch.setattr(scored, "IMAGE_BYTES", 10)  # of images that are kept in memory
    media = {"type": "photo", "media_url_https": "https://pbs.twimg.com/media/A.jpg"}
    tweet = {
        "id_str": "1",
        "full_text": "love",
        "extended_entities": {"media": [media]},
        "created_at": "Sat Nov 05 10:00:00 +0000 2022",
    }
    with zipfile.ZipFile(tmp_path / "twitter.zip", "w") as opened:
        opened.writestr("data/tweets.js", "window.YTD.tweets.part0 = " + json.dumps([{"tweet": tweet}]))
        opened.write(corpus_folder / "images" / "pos01.jpg", "data/tweets_media/1-A.jpg")
    monkeypatch.chdir(tmp_path)
    predict_files(anymood.load(bundle.folder), "twitter.zip", "scored.csv")
    for posts in ("twitter.zip", "scored.csv"):
        [example] = anymood.report(posts, model=bundle.folder).extremes["positive"]
        assert example.thumbnail.startswith("data:image/jpeg;base64,"), posts


def test_contradictions_have_thumbnails(rows, tmp_path, bundle):
    Image.new("RGB", (900, 600), "red").save(tmp_path / "red.png")
    scored = [nested(row) for row in rows]
    unpleasant = next(number for number, row in enumerate(scored) if row["label"] == "negative")
    image_says = {"positive": {"negative": 0.05, "neutral": 0.05, "positive": 0.9},
                  "neutral": {"negative": 0.05, "neutral": 0.9, "positive": 0.05}}  # fmt: skip
    pair = {"used": "both", "image": "red.png", "disagreement": 0.9}
    scored[unpleasant] |= {**pair, "image_scores": image_says["positive"]}
    scored[unpleasant + 1] |= {**pair, "image_scores": image_says["neutral"]}  # which contradicts nothing
    report = anymood.report(write_json_lines(tmp_path / "s.jsonl", scored), model=bundle.folder)
    [contradiction] = report.contradictions
    assert (contradiction.id, contradiction.image_says[0], contradiction.disagreement) == (
        f"p{unpleasant}",
        "positive",
        0.9,
    )
    assert contradiction.thumbnail.startswith("data:image/jpeg;base64,")
    plain = anymood.report(tmp_path / "s.jsonl", model=bundle.folder, thumbnails=False)
    assert plain.contradictions[0].thumbnail is None


def test_columns_of_ours_under_another_name(rows, tmp_path, bundle):
    """The table had a label of its own before it was scored."""
    renamed = [
        {"label": "gold", **{("predicted_label" if k == "label" else k): v for k, v in row.items()}} for row in rows
    ]
    report = anymood.report(write_csv(tmp_path / "s.csv", renamed), model=bundle.folder, by="label")
    assert report.total.posts == 300
    assert [group.name for group in report.breakdowns[0].groups] == ["gold"]


def test_labels_of_another_model(tmp_path, bundle):
    labels = ("anger", "disgust", "fear", "joy", "sadness", "surprise")
    rows = [
        {"text": f"post {n}", "label": labels[n % 6], "used": "text", "disagreement": "", "problem": "", "reason": "",
         **{f"p_{name}": "0.5" if n % 6 == place else "0.1" for place, name in enumerate(labels)}}
        for n in range(60)
    ]  # fmt: skip
    report = anymood.report(write_csv(tmp_path / "s.csv", rows), model=bundle.folder)
    assert report.labels == labels
    assert report.method.model == "unknown"
    assert set(report.extremes) == set(labels)
    assert "another model scored them" in report.method.notes[0]
    assert report.to_html().count('class="series"') == 0  # no times


def test_saved(csv_file, tmp_path, bundle):
    report = anymood.report(csv_file, model=bundle.folder, by="campaign", title="Mine")
    report.save(tmp_path / "r.json")
    read = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert (read["format"], read["title"], len(read["breakdowns"][0]["groups"])) == ("anymood-report", "Mine", 2)
    report.save(tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == report.to_html()
    assert "iframe" in report._repr_html_()
    with pytest.raises(SettingError, match=".html, .htm or .json"):
        report.save(tmp_path / "r.pdf")
    with pytest.raises(SettingError, match="no folder"):
        report.save(tmp_path / "none" / "r.html")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "kampaign"}, "no column 'kampaign'.*Did you mean 'campaign'"),
        ({"created": "text"}, "'text' contains no times"),
        ({"every": "year"}, "no step 'year'"),
        ({"model": "gone"}, "no model 'gone'"),
        ({"labelled": {"text": ["love"]}}, "labelled posts are in a file, but a dict was given"),
        ({"label": "verdict"}, "'verdict' is one of labelled posts. Give their table, too"),
    ],
)
def test_options_that_cannot_be_used(csv_file, options, message):
    with pytest.raises(InputError, match=message):
        anymood.report(csv_file, **options)


def test_nothing_to_tell_of(tmp_path, bundle):
    path = write_csv(tmp_path / "raw.csv", [{"text": ""}, {"text": " "}])
    with pytest.raises(TableError, match="2 posts, none with a label: nothing to see"):
        anymood.report(path, model=bundle.folder)
    (tmp_path / "empty.csv").write_text("text\n")
    with pytest.raises(TableError, match=r"0 posts, none with a label\."):
        anymood.report(tmp_path / "empty.csv", model=bundle.folder)
    with pytest.raises(TableError):
        anymood.report(tmp_path / "gone.csv", model=bundle.folder)


@pytest.mark.parametrize("posts", [None, 5, "", [], [5], [""], {"text": ["love"]}])
def test_what_is_not_a_posts(posts, bundle):
    with pytest.raises(SettingError, match="inputs must be paths of files, not .* data frame .* also supported"):
        anymood.report(posts, model=bundle.folder)


def test_names_are_found_regardless_of_case(csv_file, bundle):
    assert anymood.report(csv_file, model=bundle.folder, by="Campaign").breakdowns[0].column == "campaign"


def test_columns_that_differ_in_case_are_kept_apart(rows, tmp_path, bundle):
    both = [row | {"Campaign": "spring"} for row in rows]
    report = anymood.report(write_csv(tmp_path / "s.csv", both), model=bundle.folder, by=["campaign", "Campaign"])
    assert [(each.column, each.values) for each in report.breakdowns] == [("campaign", 2), ("Campaign", 1)]


def test_usual_names_of_columns_are_read_in_frames_as_in_files(bundle):
    report = anymood.report(pandas.DataFrame({"comment": ["love", "awful"]}), model=str(bundle.folder))
    assert report.total.posts == 2
    note = "a data frame: the column 'comment' is read as the text (text= selects another one)."
    assert report.method.reading[0] == note


def test_groups_of_lists_and_bytes(bundle):
    """Pandas has arrays where Parquet has lists, and bytes where Hive has texts."""
    values = {"tags": [np.array(["a"]), np.array([]), None, np.array(["a"])], "team": [b"x", b"y", None, b"x"]}
    frame = pandas.DataFrame({"text": ["love", "awful", "love", "love"], **values})
    report = anymood.report(frame, model=str(bundle.folder), by=["tags", "team"])
    names = [[(group.name, group.posts) for group in each.groups] for each in report.breakdowns]
    assert [sorted(each) for each in names] == [
        [("(none)", 1), ("['a']", 2), ("[]", 1)],
        [("(none)", 1), ("x", 2), ("y", 1)],
    ]


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


def test_examples_show_the_same_few_words_once(rows, tmp_path, bundle):
    alike = [
        {**row, "text": text} for row in rows for text in ("So Bad!", "so bad! https://t.co/1", f"bad {row['id']}")
    ]
    report = anymood.report(write_csv(tmp_path / "alike.csv", alike), model=bundle.folder)
    for examples in report.extremes.values():
        assert len(examples) == 6
        assert sum(example.text.casefold().startswith("so bad!") for example in examples) == 1


def test_clear_posts_that_another_model_scored():
    """Both models are sure of them, so that their probabilities are close."""
    clear = ["best day ever", "I love this so much", "awful service, never again", "so happy today", "a terrible mess"]
    scored = anymood.load("sentiment-small").predict_frame(pandas.DataFrame({"text": clear}))
    assert anymood.report(scored, model="sentiment-small").method.model == "sentiment-small"
    report = anymood.report(scored, model="sentiment")
    assert report.method.model == "unknown"
    assert "differ by a factor of" in report.method.notes[0]


def test_rounded_scores_and_edited_texts_are_of_the_same_model():
    texts = ["best day ever", "awful service", "the bus leaves at nine", "nice photo but the queue", "hm okay", "never"]
    scored = anymood.load("sentiment-small").predict_frame(pandas.DataFrame({"text": texts})).round(2)
    scored.loc[:1, "text"] = ["[removed by the moderators]", "what a lovely day"]
    assert anymood.report(scored, model="sentiment-small").method.model == "sentiment-small"
