"""Columns of scores in tables: their names, labels and damage, and the models that wrote them."""

import pandas
import pytest
from scored_tables import table, write_csv

import anymood
from anymood.errors import SettingError, TableError
from anymood.jobs import predict_files

GOOD = {"text": "love", "label": "positive", "used": "text", "p_negative": 0.1, "p_neutral": 0.2, "p_positive": 0.7}


def test_posts_without_a_label_have_no_scores(tmp_path, bundle):
    path = write_csv(tmp_path / "scored.csv", [GOOD, GOOD | {"used": "none"}])
    report = anymood.report(path, model=bundle.folder)
    assert (report.rows, report.total.posts) == (2, 1)
    path = write_csv(tmp_path / "scored.csv", [GOOD | {"used": "none"}])
    with pytest.raises(TableError, match="Nothing to report on: 1 post, none with a label"):
        anymood.report(path, model=bundle.folder)


def test_the_header_between_tables_that_were_joined_is_named(tmp_path, bundle):
    path = write_csv(tmp_path / "scored.csv", [GOOD])
    path.write_text(2 * path.read_text("utf-8"), "utf-8")  # cat may.csv june.csv
    report = anymood.report(path, model=bundle.folder)
    assert (report.rows, report.total.posts) == (3, 2)
    assert [(problem.reason, problem.posts) for problem in report.problems] == [("repeated header", 1)]
    predict_files(anymood.load(bundle.folder), path, tmp_path / "again.csv")
    predict_files(anymood.load(bundle.folder), tmp_path / "again.csv", tmp_path / "third.csv")
    report = anymood.report(tmp_path / "third.csv", model=bundle.folder)
    assert [(problem.reason, problem.posts) for problem in report.problems] == [("repeated header", 1)]


@pytest.mark.parametrize("options", [{"by": 0}, {"by": ["text", 0]}, {"by": b"text"}, {"created": 7}])
def test_the_name_of_a_column_is_a_text(tmp_path, bundle, options):
    path = write_csv(tmp_path / "scored.csv", [GOOD])
    with pytest.raises(SettingError, match=r"The name of a column is a str, not \d+\. Rename it first; of pandas"):
        anymood.report(path, model=bundle.folder, **options)


@pytest.mark.parametrize(
    "damage",
    [
        {"p_positive": 7},
        {"p_neutral": "nan"},
        {"p_negative": "many"},
        {"used": "video"},
        {"p_negative": -0.1},
        {"p_positive": 0.9, "p_negative": 0.9},
        {"p_positive": 0.01, "p_neutral": 0.01, "p_negative": 0.01},
    ],
)
def test_damaged_scores_are_a_problem_of_the_row(tmp_path, bundle, damage):
    path = write_csv(tmp_path / "scored.csv", [GOOD, GOOD | damage])
    report = anymood.report(path, model=bundle.folder)
    assert (report.rows, report.total.posts) == (2, 1)
    [problem] = report.problems
    assert (problem.reason, problem.posts) == ("malformed", 1)
    path = write_csv(tmp_path / "scored.csv", [GOOD | damage])
    with pytest.raises(TableError, match=r"none with a label: malformed \(1\)\. The first: its probabilities are not"):
        anymood.report(path, model=bundle.folder)


def test_result_columns_with_a_prefix(rows, tmp_path, bundle):
    """The table had a label of its own before it was scored."""
    renamed = [
        {"label": "gold", **{("predicted_label" if k == "label" else k): v for k, v in row.items()}} for row in rows
    ]
    report = anymood.report(write_csv(tmp_path / "s.csv", renamed), model=bundle.folder, by="label")
    assert report.total.posts == 300
    assert [group.name for group in report.breakdowns[0].groups] == ["gold"]


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


def test_tables_with_other_labels_are_an_error(rows, tmp_path, bundle):
    sentiment = write_csv(tmp_path / "sentiment.csv", rows)
    emotion = [{"text": "x", "label": "fear", "p_fear": "0.9", "p_neutral": "0.1", "used": "text"}]
    emotion = write_csv(tmp_path / "emotion.csv", emotion)
    with pytest.raises(TableError, match=r"emotion\.csv was scored with the labels fear, neutral, but .*sentiment"):
        anymood.report([emotion, sentiment], model=bundle.folder)
    with pytest.raises(TableError, match=r"emotion\.csv with fear, neutral\. Make a report for each model"):
        anymood.report([sentiment, emotion], model=bundle.folder)


def test_each_of_several_tables_has_its_own_names_of_the_columns(rows, tmp_path, bundle):
    other = [{"label": "x"} | {f"predicted_{k}" if k == "label" else k: v for k, v in row.items()} for row in rows]
    paths = [write_csv(tmp_path / "a.csv", rows), write_csv(tmp_path / "b.csv", other)]
    report = anymood.report(paths, model=bundle.folder)
    assert (report.total.posts, report.problems) == (2 * len(rows), ())


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


def test_tables_that_different_models_scored(tmp_path):
    texts = ["best day ever", "awful service", "the bus leaves at nine", "nice photo but the queue", "hm okay", "never"]
    for name in ("sentiment", "sentiment-small"):
        anymood.load(name).predict_frame(pandas.DataFrame({"text": texts})).to_csv(tmp_path / f"{name}.csv")
    paths = [tmp_path / "sentiment.csv", tmp_path / "sentiment-small.csv"]
    scored_by = {"sentiment": ("sentiment.csv",), "sentiment-small": ("sentiment-small.csv",)}
    for model in scored_by:
        report = anymood.report(paths, model=model)
        assert (report.method.model, report.method.inputs_of) == ("sentiment and sentiment-small", scored_by)
        assert not report.method.corrected
        page = report.to_html()
        assert "models <i>sentiment and sentiment-small</i>" in page
        assert "Shares of different models are not comparable" in page
    (tmp_path / "again.csv").write_bytes(paths[0].read_bytes())
    method = anymood.report([paths[0], tmp_path / "again.csv"]).method
    assert (method.model, method.inputs_of, method.different_models) == ("sentiment", {}, "")


def test_tables_of_an_unknown_model(tmp_path, bundle):
    scored = anymood.load(bundle.folder).predict_frame(pandas.DataFrame({"text": ["love the day", "awful", "table"]}))
    scored.to_csv(tmp_path / "own.csv")
    scored.rename(columns={"p_positive": "p_negative", "p_negative": "p_positive"}).to_csv(tmp_path / "other.csv")
    report = anymood.report([tmp_path / "own.csv", tmp_path / "other.csv"], model=bundle.folder)
    assert report.method.inputs_of == {"tiny": ("own.csv",), "unknown": ("other.csv",)}
    labelled = tmp_path / "mine.csv"
    labelled.write_text("text,label\n" + "love,positive\nawful,negative\ntable,neutral\n" * 25, encoding="utf-8")
    with pytest.raises(SettingError, match=r"The table other\.csv was scored by another model"):
        anymood.report([tmp_path / "own.csv", tmp_path / "other.csv"], model=bundle.folder, labelled=labelled)
