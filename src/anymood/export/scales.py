"""Scales of activations in 8 bits, chosen from activations that a float32 graph computes.

The scales are constants of the graph, so that the prediction of a post does not depend on its batch.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from anymood.runtime.engines.onnxruntime import session_options

LEVELS = 255  # steps of an unsigned number of 8 bits
SHARES = np.linspace(0.4, 1.0, 31)  # candidate bounds, as shares of the largest magnitude

STEP = ".step"  # suffix of the name of a scale


class Scale(NamedTuple):
    """An affine quantisation: the byte q represents ``step * (q - zero)``."""

    step: np.float32
    zero: np.uint8

    @property
    def low(self) -> float:
        """The least value that a byte represents."""
        return float(-self.step * self.zero)

    @property
    def high(self) -> float:
        """The greatest value that a byte represents."""
        return float(self.step * (LEVELS - int(self.zero)))

    def rounded(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """The values that bytes represent instead of these."""
        numbers = np.clip(np.rint(values / self.step) + self.zero, 0, LEVELS)
        return np.asarray((numbers - self.zero) * self.step, np.float32)


def full_scale(low: float, high: float) -> Scale:
    """The scale for a range of values, in which 0 is exact."""
    low, high = min(low, 0.0), max(high, 0.0)
    step = np.float32(max((high - low) / LEVELS, float(np.finfo(np.float32).tiny)))
    if step * LEVELS > high - low:  # a range that ends at the bound of an activation replaces it
        step = np.nextafter(step, np.float32(0))
    return Scale(step, np.uint8(np.clip(np.rint(-low / step), 0, LEVELS)))


def best_scale(low: float, high: float, sample: NDArray[np.float32]) -> Scale:
    """The scale with the smallest mean squared error on a sample, which clips rare values of large magnitude."""

    def error(scale: Scale) -> float:
        return float(np.mean((scale.rounded(sample) - sample) ** 2))

    bounds = max(-low, high) * SHARES
    return min((full_scale(max(low, -bound), min(high, bound)) for bound in bounds), key=error)


def activations(
    model: onnx.ModelProto, names: Iterable[str], batches: Sequence[NDArray[np.float32] | NDArray[np.int64]]
) -> Iterator[dict[str, NDArray[np.float32]]]:
    """Values of a graph by name, for each batch of its input."""
    [source] = [value.name for value in model.graph.input]
    outputs = sorted(set(names) - {source})
    watched = onnx.ModelProto.FromString(model.SerializeToString())
    del watched.graph.output[:]
    watched.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs)
    session = onnxruntime.InferenceSession(
        watched.SerializeToString(), session_options(threads=1), providers=["CPUExecutionProvider"]
    )
    for batch in batches:
        yield dict(zip(outputs, session.run(outputs, {source: batch}), strict=True)) | {source: batch}
