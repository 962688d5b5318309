from typing import Any

import numpy as np
import onnx
import onnx.reference
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from anymood.errors import ExportError
from anymood.export import onnx as export
from anymood.export.onnx import FusionGraph, export_bundle, round_to_half, store_in_half, verify_graphs
from anymood.labels import LabelSet
from anymood.network.multitask import Architecture, MultitaskNetwork
from anymood.network.text_encoders.transformer import PackedTransformer
from anymood.preparation.image import ImagePreparation
from anymood.preparation.text import TextPreparation, build_word_tokenizer
from anymood.runtime.bundle import Bundle
from anymood.runtime.config import BundleConfig
from anymood.runtime.graphs import BundleGraphs
from anymood.training.bundle_weights import graph_weights

TINY_BERT = {
    "model_type": "bert",
    "vocab_size": 40,
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
ENCODERS = {
    "cnn": {"vocabulary": 40, "embedding": 12, "filters": 5},
    "static": {"vocabulary": 40, "embedding": 12, "pairs": 30},
    "transformer": {"config": TINY_BERT},
}


@pytest.fixture(scope="module")
def texts() -> TextPreparation:
    words = " ".join(chr(97 + i) * 2 for i in range(26)) + " " + " ".join(chr(97 + i) * 2 + "z" for i in range(12))
    return TextPreparation(build_word_tokenizer([words, words], 40), 32)


def network(kind: str = "cnn", **options: Any) -> MultitaskNetwork:
    torch.manual_seed(0)
    options = {"image_encoder": "test_efficientnet", "text_encoder": kind, "width": 20, "hidden": (8, 6)} | options
    result = MultitaskNetwork(Architecture(3, ENCODERS[kind], **options))
    with torch.no_grad():  # statistics as after training, so that folding them would be seen
        for module in result.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2.0)
    return result.eval()


def test_matrices_of_four_bits_are_not_rounded_to_half() -> None:
    layers = torch.nn.ModuleList([torch.nn.Embedding(5, 32), torch.nn.Embedding(5, 32)])
    with torch.no_grad():
        numbers = torch.from_numpy(np.random.default_rng(0).integers(-8, 8, (5, 32)))
        numbers[:, 0] = -8
        layers[0].weight.copy_(numbers * torch.tensor(0.1).half().float())
    before = [layer.weight.clone() for layer in layers]
    round_to_half(layers, keep_int4=True)
    assert [torch.equal(layer.weight, old) for layer, old in zip(layers, before, strict=True)] == [True, False]


@pytest.fixture(scope="module", params=list(ENCODERS))
def exported(request, texts, tmp_path_factory) -> tuple[MultitaskNetwork, Bundle]:
    trained = network(request.param)
    round_to_half(trained)
    config = BundleConfig("tiny", LabelSet(("a", "b", "c")), ImagePreparation(side=64, resize=72))
    return trained, export_bundle(trained, config, texts, tmp_path_factory.mktemp("bundles") / "tiny")


def test_the_graphs_equal_the_network_for_any_batch_and_length(exported) -> None:
    trained, bundle = exported
    graphs, rng = BundleGraphs(bundle, engine="onnxruntime"), np.random.default_rng(7)
    for size, length in ((1, 1), (2, 3), (7, 31)):
        pixels = rng.standard_normal((size, 3, 64, 64), dtype=np.float32)
        tokens = rng.integers(1, 40, (size, length))
        everything = torch.ones(size, dtype=torch.bool)
        with torch.inference_mode():
            expected = trained(torch.from_numpy(pixels), torch.from_numpy(tokens), everything, everything)
        r_v, image = graphs.encode_image(pixels)
        r_t, text = graphs.encode_text(tokens)
        np.testing.assert_allclose(image, expected.image, atol=1e-4)
        np.testing.assert_allclose(text, expected.text, atol=1e-4)
        np.testing.assert_allclose(graphs.fuse(r_v, r_t), expected.fused, atol=1e-4)


def test_large_weights_are_stored_in_sixteen_bits(exported) -> None:
    _, bundle = exported
    for name in ("image.onnx", "text.onnx", "fusion.onnx"):
        weights = onnx.load(bundle.path(name)).graph.initializer
        matrices = [weight for weight in weights if len(weight.dims) > 1 and weight.data_type != TensorProto.INT64]
        assert matrices
        assert all(weight.data_type == TensorProto.FLOAT16 for weight in matrices)


def test_the_weights_to_start_from_are_exact(exported) -> None:
    trained, bundle = exported
    stored = dict(graph_weights(bundle))
    needed = {name: tensor for name, tensor in trained.state_dict().items() if tensor.is_floating_point()}
    assert {name for name in needed.keys() - stored.keys() if ".pooler." not in name} == set()  # which nothing reads
    assert all(torch.equal(stored[name], needed[name]) for name in stored)


def test_another_network_is_distinguished(exported) -> None:
    trained, bundle = exported
    kind = trained.architecture.text_encoder
    other = network(kind)
    round_to_half(other)
    assert verify_graphs(other, bundle).probability <= 1e-4
    with torch.no_grad():
        other.fused_classifier[-1].bias[0] += 0.01
    with pytest.raises(ExportError, match="fused classifier.*more than 0.0001"):
        verify_graphs(other, bundle)


def test_padding_that_is_read_fails_the_proof(exported, monkeypatch) -> None:
    trained, bundle = exported
    monkeypatch.setattr(type(bundle.text_preparation()), "pad_id", 7)  # a word to both the network and its graph
    with pytest.raises(ExportError, match=r"text classifier, \d+ tokens padded to"):
        verify_graphs(trained, bundle)


def test_weights_that_sixteen_bits_do_not_hold_stay_as_they_are() -> None:
    exact, inexact = np.full((2, 2), 0.5, np.float32), np.full((2, 2), 0.1, np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["exact", "inexact"], ["y"])],
        "g",
        [],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (2, 2))],
        [numpy_helper.from_array(exact, "exact"), numpy_helper.from_array(inexact, "inexact")],
    )
    model = store_in_half(helper.make_model(graph))
    types = {weight.name: weight.data_type for weight in model.graph.initializer}
    assert types == {"exact.half": TensorProto.FLOAT16, "inexact": TensorProto.FLOAT}
    [result] = onnx.reference.ReferenceEvaluator(model).run(None, {})
    np.testing.assert_array_equal(result, exact @ inexact)


@pytest.mark.parametrize("name", ["attention", "central", "concatenation", "gated", "low-rank-tensor", "sum", "tensor"])
def test_every_fusion_has_a_graph_that_equals_it(name) -> None:
    trained = network(fusion=name)
    round_to_half(trained)
    features = {f"{kind}_features": torch.rand(2, 20) for kind in ("image", "text")}
    graph = export._graph(FusionGraph(trained), features, ["logits"])
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    torch.manual_seed(1)
    for size in (1, 2, 7):
        r_v, r_t = torch.rand(size, 20), torch.rand(size, 20)
        [logits] = session.run(None, {"image_features": r_v.numpy(), "text_features": r_t.numpy()})
        with torch.inference_mode():
            np.testing.assert_allclose(logits, trained.fuse(r_v, r_t), atol=1e-5)
    named = {weight.name.removesuffix(".half") for weight in graph.graph.initializer}
    assert {
        f"fusion.{weight}" for weight in trained.fusion.state_dict()
    } <= named  # so that training can go on from them


def operators(bundle: Bundle) -> set[str]:
    return {node.op_type for node in onnx.load(bundle.path("text.onnx")).graph.node}


def test_a_transformer_does_no_work_for_padding(exported) -> None:
    trained, bundle = exported
    assert ("NonZero" in operators(bundle)) == (trained.architecture.text_encoder == "transformer")


def test_a_torch_that_cannot_write_that_writes_the_plain_graph(texts, tmp_path, monkeypatch) -> None:
    written = export._graph

    def older(module, *arguments):
        if any(isinstance(each, PackedTransformer) for each in module.modules()):
            raise ExportError("data-dependent")
        return written(module, *arguments)

    monkeypatch.setattr(export, "_graph", older)
    config = BundleConfig("tiny", LabelSet(("a", "b", "c")), ImagePreparation(side=64, resize=72))
    assert "NonZero" not in operators(export_bundle(network("transformer"), config, texts, tmp_path / "tiny"))
