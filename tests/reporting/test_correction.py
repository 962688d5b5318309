"""The correction of shares by a model whose posts were scored with a prior."""

import numpy as np
import pytest
from scored_tables import LABELS, table, write_csv

import anymood


def test_a_prior_is_undone_before_shares_are_corrected(tmp_path, corrected):
    trained = corrected.config.prior
    prior = {"negative": 0.1, "neutral": 0.2, "positive": 0.7}
    rows = table(1000, shares=(0.15, 0.7, 0.15))
    without = anymood.report(write_csv(tmp_path / "s.csv", rows), model=corrected.folder)
    for row in rows:
        shifted = np.array([float(row[f"p_{name}"]) * prior[name] / trained[name] for name in LABELS])
        shifted /= shifted.sum()
        row["label"] = LABELS[shifted.argmax()]
        row.update({f"p_{name}": f"{share:.9f}" for name, share in zip(LABELS, shifted, strict=True)})
    scored_with_it = write_csv(tmp_path / "p.csv", rows)
    report = anymood.report(scored_with_it, model=anymood.load(corrected.folder, prior=prior))
    for share, same in zip(report.total.shares, without.total.shares, strict=True):
        assert share.share == pytest.approx(same.share, abs=0.02)
    impossible = anymood.load(corrected.folder, prior={"negative": 0, "neutral": 1, "positive": 1})
    assert not anymood.report(scored_with_it, model=impossible).method.corrected
