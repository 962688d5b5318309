"""Quantisation of matrix products to 8 bits, with scales calibrated on training texts.

Shape legend: N tokens, K inputs, M outputs.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper

from anymood.export.rewriting import Writer, rebuilt
from anymood.export.scales import STEP, Scale, activations, best_scale

OUTLIERS = (1.25, 1.5, 2, 3, 4, 8, np.inf)  # candidates: an outlier is this many times as large as other inputs
SAMPLE = 1_500  # tokens that are kept to choose scales

MICROSOFT = "com.microsoft"  # domain of ONNX Runtime's own operators
PRODUCT, BIAS = "MatMulIntegerToFloat", 6  # such an operator, and the position of the bias in its inputs

# Suffixes of the names of quantised weights and some of their rows, and of activations and their factors.
INT8, INT8_SCALE, ROWS = ".int8", ".int8_scale", ".rows"
UINT8, FACTORS = ".uint8", ".factors"


class Statistics(NamedTuple):
    """Statistics of an activation on some texts: the range of each input (K,), and a sample of tokens (S, K)."""

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    sample: NDArray[np.float32]


def quantise_products(model: onnx.ModelProto, batches: Sequence[NDArray[np.int64]]) -> onnx.ModelProto:
    """Compute the products with weight matrices in 8 bits, in place.

    A product x W of activations x (N, K) and weights W (K, M) becomes

        s c_m  sum_k (q_nk - z) w_km,    q_nk = round(x_nk / s) + z,  w_km = round(W_km / c_m),
        c_m = max_k |W_km| / 127,

    with a scale s and a zero point z of the activation and a scale c_m for each column. A few inputs k of transformers
    are much larger than all others (Dettmers et al. 2022, "LLM.int8()"). Such outliers would need a coarse scale s, so
    they are scaled down, and their weights up, or what exceeds the range is multiplied in float32: whichever takes less
    time. Scales and outliers are those with the smallest squared error on the texts.

    The product with scaled columns and a bias is ONNX Runtime's own operator. OpenVINO has it, too, where it takes a
    third of the time of ONNX's ``MatMulInteger``.

    Args:
        model: from token ids (B, T) to any output.
        batches: token ids (B, T) of calibration texts.
    """
    graph = model.graph
    weights = _matrices(graph)
    products = [node for node in graph.node if node.op_type == "MatMul" and node.input[1] in weights]
    observed = _observe(model, {node.input[0] for node in products}, batches)
    biases = _biases(graph, {node.output[0]: weights[node.input[1]].shape[1] for node in products})
    roundings = {
        x: _best_rounding(seen, [weights[node.input[1]] for node in products if node.input[0] == x])
        for x, seen in observed.items()
    }
    writer = _Writer(roundings)
    added_later = {addition for addition, _ in biases.values()}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights:
            x, name = node.input
            output, bias = biases.get(node.output[0], (node.output[0], ""))
            writer.multiply(x, name.removesuffix(".half"), weights[name], bias, output)
        elif node.output[0] not in added_later:
            writer.nodes.append(node)
    if products:
        model.opset_import.append(helper.make_opsetid(MICROSOFT, 1))
    return rebuilt(model, writer.nodes, writer.weights)


def to_int8(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights (K, M) as integers from -127 to 127 (K, M) and the scales of their columns (M,)."""
    scales = np.maximum(np.abs(weights).max(axis=0) / 127, np.finfo(np.float32).tiny).astype(np.float32)
    return np.rint(weights / scales).astype(np.int8), scales


def _dequantised(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    values, scales = to_int8(weights)
    return np.asarray(values * scales, np.float32)


class _Rounding(NamedTuple):
    """How an activation is quantised: its inputs times factors (K,), in a scale.

    Of the inputs ``exact``, what exceeds the range of the scale is not lost.
    """

    factors: NDArray[np.float32]
    scale: Scale
    exact: list[int]

    def rounded(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the product sees (N, K) of activations (N, K)."""
        scaled = values * self.factors
        result = self.scale.rounded(scaled)
        exact = scaled[:, self.exact]
        result[:, self.exact] += exact - exact.clip(self.scale.low, self.scale.high)
        return result


def _best_rounding(seen: Statistics, weights: Sequence[NDArray[np.float32]]) -> _Rounding:
    """The rounding of an activation with the smallest squared error of its products with weights (K, M)."""
    magnitudes = np.maximum(np.abs(seen.low), np.abs(seen.high))
    usual = np.quantile(magnitudes, 0.99)
    scaled = len(magnitudes) <= sum(each.shape[1] for each in weights)  # K multiplications, instead of M additions

    def rounding(ratio: float) -> _Rounding:
        outliers = magnitudes > ratio * usual
        low, high = seen.low[~outliers].min(), seen.high[~outliers].max()
        scale = best_scale(low, high, seen.sample[:, ~outliers])
        factors = np.where(outliers & scaled, usual / np.maximum(magnitudes, usual), 1).astype(np.float32)
        return _Rounding(factors, scale, [] if scaled else np.flatnonzero(outliers).tolist())

    def error(each: _Rounding) -> float:
        rounded = each.rounded(seen.sample)
        products = ((rounded @ _dequantised(w / each.factors[:, None]), seen.sample @ w) for w in weights)
        return float(sum(np.sum((actual - expected) ** 2) for actual, expected in products))

    return min((rounding(ratio) for ratio in OUTLIERS), key=error)


class _Writer(Writer):
    """Writes quantised nodes and their constants.

    Args:
        roundings: how activations are quantised, by name.
    """

    def __init__(self, roundings: Mapping[str, _Rounding]) -> None:
        super().__init__()
        self._roundings = roundings
        self._rounded: set[str] = set()

    def multiply(self, x: str, name: str, weights: NDArray[np.float32], bias: str, output: str) -> None:
        """Write the product of an activation and weights (K, M), and the addition of a bias, if it is named."""
        rounding = self._roundings[x]
        if x not in self._rounded:
            self._rounded.add(x)
            self._round(x, rounding)
        values, scales = to_int8(weights / rounding.factors[:, None])
        inputs = [x + UINT8, self.constant(name + INT8, values), x + STEP]
        inputs += [self.constant(name + INT8_SCALE, scales), f"{x}.zero", "", bias]
        product = f"{output}.clipped" if rounding.exact else output
        self.add(PRODUCT, inputs if bias else inputs[:5], product, domain=MICROSOFT)
        if rounding.exact:
            rows = self.constant(name + ROWS, (values[rounding.exact] * scales).astype(np.float32))
            self.add("MatMul", [f"{x}.excess", rows], f"{output}.excess")
            self.add("Add", [product, f"{output}.excess"], output)

    def _round(self, x: str, rounding: _Rounding) -> None:
        """Write the nodes from an activation to its bytes, and to what exceeds their range."""
        scale, source = rounding.scale, x
        step, zero = self.constant(x + STEP, scale.step), self.constant(f"{x}.zero", scale.zero)
        if (rounding.factors != 1).any():
            source = f"{x}.scaled"
            self.add("Mul", [x, self.constant(x + FACTORS, rounding.factors)], source)
        self.add("QuantizeLinear", [source, step, zero], x + UINT8)
        if rounding.exact:
            columns = self.constant(f"{x}.exact", np.array(rounding.exact, np.int64))
            low, high = (self.constant(f"{x}.{n}", np.float32(getattr(scale, n))) for n in ("low", "high"))
            self.add("Gather", [x, columns], f"{x}.gathered", axis=-1)
            self.add("Clip", [f"{x}.gathered", low, high], f"{x}.clipped")
            self.add("Sub", [f"{x}.gathered", f"{x}.clipped"], f"{x}.excess")


def _observe(model: onnx.ModelProto, names: set[str], batches: Sequence[NDArray[np.int64]]) -> dict[str, Statistics]:
    """Statistics of each activation on the texts."""
    rng = np.random.default_rng(0)
    kept = math.ceil(SAMPLE / max(len(batches), 1))
    parts: dict[str, list[Statistics]] = {name: [] for name in sorted(names)}
    for batch in activations(model, names, batches):
        for name, each in parts.items():
            tokens = batch[name].reshape(-1, batch[name].shape[-1])
            sample = rng.choice(tokens, min(kept, len(tokens)), replace=False)
            each.append(Statistics(tokens.min(axis=0), tokens.max(axis=0), sample))
    return {name: _joined(each) for name, each in parts.items()}


def _joined(parts: list[Statistics]) -> Statistics:
    low, high, samples = zip(*parts, strict=True)
    return Statistics(np.min(low, axis=0), np.max(high, axis=0), np.concatenate(samples))


def _biases(graph: onnx.GraphProto, products: Mapping[str, int]) -> dict[str, tuple[str, str]]:
    """Outputs of products that are only read to add a bias -> the sum and the bias.

    Args:
        graph: the graph.
        products: numbers of outputs M of the products, by the names of their results.
    """
    readers: dict[str, list[NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    vectors = {tensor.name: tensor.dims[0] for tensor in graph.initializer if len(tensor.dims) == 1}
    return {
        product: (readers[product][0].output[0], other)
        for product, width in products.items()
        if [node.op_type for node in readers.get(product, [])] == ["Add"]
        for other in readers[product][0].input
        if vectors.get(other) == width
    }


def _matrices(graph: onnx.GraphProto) -> Mapping[str, NDArray[np.float32]]:
    """Matrices by the name under which nodes read them: their name, or that of their cast from float16."""
    stored = {tensor.name: tensor for tensor in graph.initializer if len(tensor.dims) == 2}
    names = {name: name for name in stored}
    names |= {
        node.output[0]: node.input[0] for node in graph.node if node.op_type == "Cast" and node.input[0] in stored
    }
    used = {node.input[1] for node in graph.node if node.op_type == "MatMul"}
    return {name: numpy_helper.to_array(stored[names[name]]).astype(np.float32) for name in used & set(names)}
