import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from anymood.errors import ExportError
from anymood.export.convolutions import quantise_convolutions
from anymood.export.folding import fold
from anymood.export.onnx import export_encoder, quantise
from anymood.runtime.engines.onnxruntime import session_options
from anymood.runtime.onnx_file import split_at_pooling
from anymood.training.bundle_weights import model_weights

SIDE = 16


class Block(nn.Module):
    """What image encoders are made of: padding, groups, normalisation, a cut, a sum, pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.pairs = nn.Conv2d(8, 8, 1, groups=4)
        self.last = nn.Conv2d(8, 12, 1)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        x = nn.functional.relu6(self.bn1(self.stem(nn.functional.pad(pixels, (0, 1, 0, 1)))))
        y = nn.functional.relu6(self.bn2(self.depthwise(x)))
        return nn.functional.silu(self.last(self.pairs(y) + x)).mean((2, 3))


@pytest.fixture(scope="module")
def block() -> Block:
    torch.manual_seed(0)
    module = Block()
    with torch.no_grad():
        for bn in (module.bn1, module.bn2):
            bn.running_mean.normal_(std=0.1)
            bn.running_var.uniform_(0.1, 2.0)
            bn.weight.uniform_(0.5, 2.0)
            bn.bias.normal_()
        module.bn2.weight[3], module.bn2.weight[5] = -1.0, 0.0  # a gain may be negative, or switch a channel off
    return module.eval()


@pytest.fixture(scope="module")
def images() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.uniform(-1, 1, (4, 3, SIDE, SIDE)).astype(np.float32) for _ in range(16)]


@pytest.fixture(scope="module")
def exported(block: Block, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    encoder = nn.Module()
    encoder.backbone = block
    file = tmp_path_factory.mktemp("exported") / "encoder.onnx"
    export_encoder(encoder, file, side=SIDE)
    return file.read_bytes()


@pytest.fixture
def model(exported: bytes) -> onnx.ModelProto:
    return onnx.ModelProto.FromString(exported)


def run(model: onnx.ModelProto, pixels: np.ndarray) -> np.ndarray:
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), session_options(threads=1))
    [pooled] = session.run(["pooled"], {"pixels": pixels})
    return pooled


def test_folding_changes_nothing(model: onnx.ModelProto, images: list[np.ndarray]) -> None:
    folded, convolutions = fold(model)
    kinds = [node.op_type for node in folded.graph.node]
    assert len(convolutions) == kinds.count("Conv") == 4
    assert not {"BatchNormalization", "Pad", "Cast"} & set(kinds)
    np.testing.assert_allclose(run(folded, images[0]), run(model, images[0]), atol=1e-5)


def test_features_in_eight_bits_are_close(model: onnx.ModelProto, images: list[np.ndarray]) -> None:
    plain = np.concatenate([run(model, each) for each in images])
    r2 = quantise(model, images)
    actual = np.concatenate([run(model, each) for each in images])
    assert r2 > 0.99
    np.testing.assert_allclose(r2, 1 - np.sum((actual - plain) ** 2) / np.sum((plain - plain.mean(0)) ** 2), atol=1e-6)


def test_all_convolutions_and_sums_run_in_eight_bits(
    model: onnx.ModelProto, images: list[np.ndarray], tmp_path
) -> None:
    quantise_convolutions(model, images)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    onnxruntime.InferenceSession(model.SerializeToString(), options)
    kinds = [node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node]
    assert kinds.count("QLinearConv") == 4
    assert kinds.count("QLinearAdd") == 1
    assert not {"Conv", "FusedConv", "Clip", "Add"} & set(kinds)


def test_an_image_is_encoded_alike_whatever_its_neighbours(model: onnx.ModelProto, images: list[np.ndarray]) -> None:
    quantise_convolutions(model, images)
    batch = np.concatenate([images[0], 50 * images[1]])
    together = run(model, batch)
    for row, alone in zip(together, batch, strict=True):
        np.testing.assert_allclose(run(model, alone[None])[0], row, atol=1e-6)


def test_bytes_of_images_lose_nothing(model: onnx.ModelProto, images: list[np.ndarray]) -> None:
    quantise_convolutions(model, [((np.arange(256 * 3).reshape(1, 3, 16, 16) % 256).astype(np.float32) - 127) / 128])
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    np.testing.assert_allclose(stored["pixels.step"], 1 / 128, rtol=1e-6)
    assert stored["pixels.zero"] == 127


def test_the_weights_of_the_network_can_be_read(block: Block, model: onnx.ModelProto, images: list[np.ndarray]) -> None:
    quantise_convolutions(model, images)
    weights = model_weights(model)
    expected = {f"backbone.{name}": value.numpy() for name, value in block.state_dict().items() if value.ndim}
    assert expected.keys() <= weights.keys()
    for name, value in expected.items():
        atol = np.abs(value).max() / 250 if value.ndim == 4 else 0
        np.testing.assert_allclose(weights[name], value, rtol=0, atol=atol + 1e-7, err_msg=name)


def test_the_feature_map_is_still_found(model: onnx.ModelProto, images: list[np.ndarray]) -> None:
    quantise_convolutions(model, images)
    split = split_at_pooling(model.SerializeToString())
    assert split is not None
    first, second = (
        onnxruntime.InferenceSession(part, session_options(threads=1)) for part in (split.to_map, split.from_map)
    )
    [maps] = first.run([split.map_name], {"pixels": images[0]})
    assert maps.shape == (4, 12, 8, 8)
    [pooled] = second.run(["pooled"], {split.map_name: maps})
    np.testing.assert_allclose(pooled, run(model, images[0]), atol=1e-6)


def test_an_encoder_that_eight_bits_change_is_refused(model: onnx.ModelProto, images: list[np.ndarray]) -> None:
    tiny = [1e-3 * each for each in images[:1]]  # scales for these cut all others
    with pytest.raises(ExportError, match="R\\^2 is"):
        quantise(model, [*tiny, 1e6 * images[1]])


def test_openvino_runs_it_too(model: onnx.ModelProto, images: list[np.ndarray]) -> None:
    openvino = pytest.importorskip("openvino")
    quantise_convolutions(model, images)
    compiled = openvino.Core().compile_model(openvino.Core().read_model(model.SerializeToString()), "CPU")
    actual = compiled({"pixels": images[0]})[0]
    assert np.corrcoef(actual.ravel(), run(model, images[0]).ravel())[0, 1] > 0.999
