import numpy as np
import onnx
import onnxruntime
import pytest
from same import assert_same

from anymood.runtime.bundle import IMAGE_ENCODER, IMAGE_GRAPH, Bundle
from anymood.runtime.finding import find_bundle
from anymood.runtime.onnx_file import split_at_pooling


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(1).normal(size=(3, 3, 24, 24)).astype(np.float32)


def run(graph, **inputs):
    return onnxruntime.InferenceSession(graph).run(None, inputs)


def test_the_parts_in_a_row_are_the_whole(bundles, pixels):
    whole = bundles.mapped_image_graph()
    split = split_at_pooling(whole)
    assert (split.map_name, split.sized_by) == ("map", None)
    for part in (split.to_map, split.from_map):
        onnx.checker.check_model(onnx.load_from_string(part))
    [values] = run(split.to_map, pixels=pixels)
    assert values.shape == (3, 3, 4, 4)
    for actual, expected in zip(run(split.from_map, map=values), run(whole, pixels=pixels), strict=True):
        assert_same(actual, expected)


def test_a_part_has_only_the_constants_that_it_reads(bundles):
    split = split_at_pooling(bundles.mapped_image_graph())
    names = [
        {tensor.name for tensor in onnx.load_from_string(part).graph.initializer}
        for part in (split.to_map, split.from_map)
    ]
    assert names == [set(), {"weights", "classifier", "bias"}]


def test_an_image_that_is_pooled_itself_has_no_map(bundles):
    assert split_at_pooling(bundles.image_graph()) is None


def test_a_graph_without_pooling_has_no_map(bundles):
    assert split_at_pooling(bundles.fusion_graph()) is None


def test_the_bundled_encoder_is_divided():
    bundle = Bundle.open(find_bundle("sentiment"))
    name = IMAGE_ENCODER if IMAGE_ENCODER in bundle.config.files else IMAGE_GRAPH
    side = bundle.config.image.side
    split = split_at_pooling(bundle.path(name).read_bytes())
    [values] = run(split.to_map, pixels=np.zeros((1, 3, side, side), np.float32))
    assert values.ndim == 4
    assert min(values.shape[2:]) > 1


@pytest.mark.parametrize("content", [b"\x3a\xff", b"\x0b", b"\xff" * 12])
def test_what_is_not_a_onnx_file_is_an_error(content):
    with pytest.raises(ValueError, match="."):
        split_at_pooling(content)
