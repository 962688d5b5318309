"""Scored posts, and a bundle that knows how its text classifier errs on them."""

import pytest
from posteriors import scored
from scored_tables import table, write_csv


@pytest.fixture
def rows():
    return table()


@pytest.fixture
def csv_file(rows, tmp_path):
    return write_csv(tmp_path / "scored.csv", rows)


@pytest.fixture
def corrected(bundles, tmp_path, monkeypatch):
    """A bundle that knows how its text classifier errs on the posts of ``table``, as if it had scored them."""
    from anymood.evaluation.quantification import Quantifier
    from anymood.export.quantifiers import add_to_bundle

    monkeypatch.setattr("anymood.reporting.scoring_model._factor", lambda model, scored, rows: 1.0)
    bundle = bundles.write_bundle(tmp_path / "corrected", prior={"negative": 0.3, "neutral": 0.4, "positive": 0.3})
    return add_to_bundle(bundle, {"text": Quantifier.fit(*scored([500, 500, 500], 99))}, "1,500 posts")
