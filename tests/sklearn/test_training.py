"""The whole network, trained on posts in memory."""

import pickle

import numpy as np
import pytest
from PIL import Image
from same import assert_same

import anymood
from anymood.errors import TrainingError
from anymood.sklearn import MoodClassifier
from anymood.training import resume

SMALL = {
    "start_from": None,
    "image_encoder": "test_efficientnet",
    "image_weights": "none",
    "word_vectors": "random",
    "epochs": 2,
    "batch_size": 8,
    "learning_rate": 0.03,
    "accelerator": "cpu",
    "threads": 1,
}


@pytest.fixture(scope="module")
def posts():
    words = {1: ("love", "great", "happy"), 0: ("hate", "awful", "sad")}
    rows = []
    for number in range(60):
        shade = np.full((32, 32, 3), 240 if number % 2 else 10, np.uint8)
        text = f"{words[number % 2][number % 3]} day {number}"
        rows.append([text if number % 5 else None, Image.fromarray(shade) if number % 3 else None])
    return np.array(rows, dtype=object), np.array([number % 2 for number in range(60)])


@pytest.fixture(scope="module")
def fitted(posts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    return MoodClassifier(tune="all", recipe=SMALL, folder=folder, random_state=3, threads=1).fit(*posts)


def test_it_predicts_labels_of_the_caller(fitted, posts):
    probabilities = fitted.predict_proba(posts[0])
    assert probabilities.shape == (60, 2)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert set(fitted.predict(posts[0]).tolist()) <= {0, 1}
    assert_same(fitted.predict_proba(np.array([None, None])).tolist(), [[0.5, 0.5]] * 2)


def test_a_pickle_holds_the_model(fitted, posts):
    expected = fitted.predict_proba(posts[0]).tolist()
    copy = pickle.loads(pickle.dumps(fitted))  # noqa: S301
    assert_same(copy.predict_proba(posts[0]).tolist(), expected)


def test_the_run_and_the_bundle_are_there_to_be_loaded(fitted, tmp_path):
    fitted.bundle_.write(str(tmp_path / "mine"))
    for folder in (fitted.folder, tmp_path / "mine"):
        assert list(anymood.load(folder).labels) == ["0", "1"]
    with pytest.raises(TrainingError, match="on posts in memory"):
        (fitted.folder / "bundle").rename(tmp_path / "moved")
        resume(fitted.folder)


def test_what_training_cannot_do(posts):
    classifier = MoodClassifier(tune="all", recipe=SMALL)
    with pytest.raises(ValueError, match="sample_weight is for tune='head'"):
        classifier.fit(*posts, sample_weight=np.ones(60))
    with pytest.raises(ValueError, match="With tune='all', give 'balanced' or None"):
        classifier.set_params(class_weight={0: 1, 1: 2}).fit(*posts)
