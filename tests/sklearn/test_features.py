import numpy as np
import pandas
import pytest
from same import assert_same
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from anymood.posts import Post
from anymood.runtime.predictor import Model
from anymood.sklearn import MoodFeatures

BRIGHT = np.full((9, 9), 250, np.uint8)
POSTS = [Post("love", BRIGHT), Post("hate"), Post(image=BRIGHT), Post()]


@pytest.fixture
def features(bundle):
    return MoodFeatures(base=str(bundle.folder), threads=1, engine="onnxruntime")


def test_representations_and_what_is_there(features, bundle):
    expected = Model(bundle, threads=1, engine="onnxruntime").features(POSTS)
    matrix = features.fit_transform(POSTS)
    assert matrix.shape == (4, 602)
    assert matrix.dtype == np.float32
    assert_same(matrix[:, :300].tolist(), np.nan_to_num(expected.image).tolist())
    assert_same(matrix[:, 300:600].tolist(), np.nan_to_num(expected.text).tolist())
    assert matrix[:, 600:].tolist() == [[1, 1], [0, 1], [1, 0], [0, 0]]
    names = features.get_feature_names_out().tolist()
    assert (names[0], names[300], names[-2:]) == ("r_v_0", "r_t_0", ["has_image", "has_text"])


def test_masked_cells_are_missing(features):
    table = np.array([["love", "gone.png"], ["hate", "gone.png"], ["awful", None]], object)
    masked = np.ma.array(table, mask=[[False, True], [True, True], [False, False]])
    expected = features.fit_transform(["love", None, "awful"])
    assert_same(features.transform(masked).tolist(), expected.tolist())
    assert_same(features.transform(masked[:, 0]).tolist(), expected.tolist())


@pytest.mark.parametrize(("representation", "first"), [("image", "r_v_0"), ("text", "r_t_0")])
def test_one_part(features, representation, first):
    features.set_params(representation=representation, add_indicator=False, missing_value=np.nan)
    matrix = features.fit_transform(POSTS)
    assert matrix.shape == (4, 300)
    present = [getattr(post, representation) is not None for post in POSTS]
    assert (~np.isnan(matrix).any(axis=1)).tolist() == present
    assert features.get_feature_names_out()[0] == first


def test_an_unknown_representation(features):
    with pytest.raises(ValueError, match="representation is 'both'. Give one of image, text, fused"):
        features.set_params(representation="both").fit(POSTS)


def test_a_step_of_a_pipeline(features):
    frame = pandas.DataFrame({"text": ["love", "hate", "happy", "sad"] * 3}, index=range(5, 17))
    pipeline = make_pipeline(features.set_params(representation="text"), StandardScaler(), LogisticRegression())
    assert cross_val_score(pipeline, frame, [1, 0] * 6, cv=2).tolist() == [1, 1]
    table = features.set_output(transform="pandas").fit_transform(frame)
    assert list(table.index) == list(frame.index)
    assert table.columns[-1] == "has_text"
