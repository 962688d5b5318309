"""A model goes to other processes by the path of its bundle."""

import multiprocessing
import pickle

import joblib
import numpy as np
import pytest
from same import assert_same

import anymood
from anymood.errors import BundleError
from anymood.runtime.predictor import Model

IMAGE = np.full((30, 40, 3), 250, np.uint8)


def test_a_pickle_is_small_and_comes_back_the_same(model):
    pickled = pickle.dumps(model)
    assert len(pickled) < 1000
    again = pickle.loads(pickled)  # noqa: S301 - it is ours
    assert (again.bundle, again.engine, again._graphs.threads) == (
        model.bundle,
        model.engine,
        model._graphs.threads,
    )
    assert_same(again.predict("love", IMAGE), model.predict("love", IMAGE))


def test_it_may_be_unpickled_in_any_folder(model, tmp_path, monkeypatch):
    monkeypatch.chdir(model.bundle.folder.parent)
    pickled = pickle.dumps(anymood.load(model.bundle.folder.name, engine="onnxruntime"))
    monkeypatch.chdir(tmp_path)
    assert_same(pickle.loads(pickled).predict("love"), model.predict("love"))  # noqa: S301


def test_another_bundle_in_its_place_is_refused(bundles, tmp_path):
    pickled = pickle.dumps(Model(bundles.write_bundle(tmp_path / "b"), engine="onnxruntime"))
    bundles.write_bundle(tmp_path / "b", replace=True, description="Another.")
    with pytest.raises(BundleError, match="is not that of the pickled model"):
        pickle.loads(pickled)  # noqa: S301


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_processes_that_are_spawned_predict_the_same(bundle, engine):
    model = Model(bundle, threads=1, engine=engine)
    texts = ["love", "sad", "the meeting"]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert_same(pool.map(model.predict, texts), list(model.predict_many(texts)), by=model)


def test_so_do_those_of_joblib(model):
    texts = ["love", "sad", "the meeting", "best day"]
    predictions = joblib.Parallel(n_jobs=2)(joblib.delayed(model.predict)(text) for text in texts)
    assert_same(predictions, list(model.predict_many(texts)))
