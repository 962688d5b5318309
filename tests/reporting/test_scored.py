import pytest
from scored_tables import write_csv

import anymood
from anymood.errors import TableError

GOOD = {"text": "love", "label": "positive", "used": "text", "p_negative": 0.1, "p_neutral": 0.2, "p_positive": 0.7}


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
