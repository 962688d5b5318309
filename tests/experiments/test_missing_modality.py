from dataclasses import replace

import pytest

from anymood.experiments.missing_modality import RECIPE, missing_modality
from anymood.training.sources import Sources


def test_the_rows_of_the_table(table, tmp_path, monkeypatch):
    monkeypatch.setenv("ANYMOOD_CACHE", str(tmp_path))
    tiny = {"image_encoder": "test_efficientnet", "image_weights": "none", "text_encoder": "cnn"}
    recipe = replace(RECIPE, **tiny, word_vectors="random", epochs=2, batch_size=8, threads=1)
    results = missing_modality([(Sources(table=str(table)), 3)], recipe)
    [run] = results["runs"]
    assert (run["seed"], run["posts"]) == (3, 6)  # the pairs of the test part
    assert set(results["rows"]) == {"C_v", "C_t", "C_m", "SM", "SM_I", "SM_T"}
    for row in results["rows"].values():
        assert row["mean"]["accuracy"] == row["runs"][0]["accuracy"]
        assert 0 <= row["mean"]["accuracy"] <= 1
        assert row["deviation"]["accuracy"] == pytest.approx(0)
