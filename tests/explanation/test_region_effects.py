import numpy as np
import pytest
from PIL import Image
from same import assert_same

from anymood.explanation.explain import explain
from anymood.posts import Post


def test_a_region_painted_over_is_predicted_like_the_image_without_it(model, quarter):
    regions = explain(model=model, image=quarter, label="positive").regions
    assert regions.method == "occlusion"
    frame = model._encoder.image_preparation.framed(quarter)
    painted = frame.copy()
    painted[:6, :6] = frame.reshape(-1, 3).mean(axis=0).round()
    # The tiny model averages all pixels, so that an enlarged frame whose crop is this one has the same probability
    expected = model._graphs.encode_image(model._encoder.image_preparation.scaled(np.stack([frame, painted])))[1]
    whole, without = (model._scores("image", {0: logits})[0].probabilities["positive"] for logits in expected)
    assert_same(regions.effects[0][0], whole - without)


@pytest.mark.parametrize("kind", ["model", "mapped"])
def test_the_bright_quarter_supports_positive(request, kind, quarter):
    explanation = explain(model=request.getfixturevalue(kind), image=quarter, label="positive")
    effects = np.array(explanation.regions.effects)
    assert effects.shape == (4, 4)
    assert (effects[:2, :2] > 0).all()
    assert (effects[2:, 2:] < 0).all()


def test_a_position_left_out_is_the_mean_of_the_others(mapped, quarter):
    explanation = explain(model=mapped, image=quarter, label="positive")
    assert explanation.regions.method == "feature map"
    frame = mapped._encoder.image_preparation.framed(quarter)
    blocks = frame.reshape(4, 6, 4, 6, 3).transpose(0, 2, 1, 3, 4).reshape(16, 6, 6, 3)
    for index in (0, 5, 15):
        others = np.delete(blocks, index, axis=0).mean(axis=(0, 1, 2))
        flat = mapped._encoder.image_preparation.scaled(np.broadcast_to(others, (1, 24, 24, 3)))
        _, [logits] = mapped._graphs.encode_image(flat)
        without = mapped._scores("image", {0: logits})[0].probabilities["positive"]
        assert_same(explanation.regions.effects[index // 4][index % 4], explanation.probability - without)


def test_the_text_stays_as_it_is(mapped, quarter):
    alone, beside = (
        explain(model=mapped, image=quarter, label="positive"),
        explain("awful", quarter, model=mapped, label="positive"),
    )
    assert np.sign(alone.regions.effects[0][0]) == np.sign(beside.regions.effects[0][0])
    assert alone.regions.effects != beside.regions.effects


def test_an_even_image_has_no_region_that_matters(mapped):
    explanation = explain(model=mapped, image=np.full((30, 40, 3), 200, np.uint8))
    assert_same(np.abs(explanation.regions.effects).max(), 0.0)


def test_the_box_is_the_square_in_the_middle(mapped):
    left, top, right, bottom = explain(model=mapped, image=np.zeros((28, 56, 3), np.uint8)).regions.box
    assert (top, bottom) == pytest.approx((2 / 28, 26 / 28))
    assert (left, right) == pytest.approx((16 / 56, 40 / 56))


def test_a_turned_photograph_is_explained_upright(mapped, quarter, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: upright is a quarter turn clockwise
    wide = np.concatenate([quarter, quarter], axis=1)
    Image.fromarray(wide).save(tmp_path / "turned.png", exif=exif)
    explanation = explain(model=mapped, image=tmp_path / "turned.png")
    assert explanation.picture.size == (28, 56)
    assert_same(explanation.regions.effects, explain(model=mapped, image=np.rot90(wide, -1)).regions.effects)


def test_an_encoder_in_a_file_of_its_own_has_a_map_too(bundles, tmp_path, mapped, quarter):
    from anymood.runtime.predictor import Model

    parts = bundles.parted_graphs(bundles.mapped_image_graph())
    parted = Model(bundles.write_bundle(tmp_path / "parted", files=parts), engine="onnxruntime")
    explanation = explain(model=parted, image=quarter, label="positive").regions
    assert explanation.method == "feature map"
    assert_same(explanation.effects, explain(model=mapped, image=quarter, label="positive").regions.effects)
    assert parted.predict_together([Post(image=quarter)])[0].used == "image"
