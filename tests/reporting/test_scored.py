import pytest
from scored_tables import write_csv

import anymood
from anymood.errors import SettingError, TableError

GOOD = {"text": "love", "label": "positive", "used": "text", "p_negative": 0.1, "p_neutral": 0.2, "p_positive": 0.7}


def test_posts_without_a_label_have_no_scores(tmp_path, bundle):
    path = write_csv(tmp_path / "scored.csv", [GOOD, GOOD | {"used": "none"}])
    report = anymood.report(path, model=bundle.folder)
    assert (report.rows, report.total.posts) == (2, 1)
    path = write_csv(tmp_path / "scored.csv", [GOOD | {"used": "none"}])
    with pytest.raises(TableError, match="Nothing to report on: 1 post, none with a label"):
        anymood.report(path, model=bundle.folder)


@pytest.mark.parametrize("options", [{"by": 0}, {"by": ["text", 0]}, {"by": b"text"}, {"created": 7}])
def test_the_name_of_a_column_is_a_text(tmp_path, bundle, options):
    path = write_csv(tmp_path / "scored.csv", [GOOD])
    with pytest.raises(SettingError, match=r"The name of a column is a str, not \d+\. Rename it first; of pandas"):
        anymood.report(path, model=bundle.folder, **options)


@pytest.mark.parametrize(
    "damage", [{"p_positive": 7}, {"p_neutral": "nan"}, {"p_negative": "many"}, {"used": "video"}, {"p_negative": -0.1}]
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
