"""OpenVINO. Needs ``anymood[openvino]``."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anymood.errors import SettingError, optional_dependency
from anymood.runtime.cores import lacks_amx, products_overflow
from anymood.runtime.engines.base import Graph
from anymood.runtime.engines.onnxruntime import OnnxGraph
from anymood.runtime.engines.registry import ENGINES, is_in_8_bits

TELEMETRY = "openvino_telemetry"


@contextmanager
def _without_telemetry() -> Iterator[None]:
    """Hide OpenVINO's telemetry package from imports inside the block.

    On import, OpenVINO sends usage data and stores an id in the home folder if that package is installed; no variable
    turns it off. If OpenVINO was imported before, this has no effect.
    """
    loaded = sys.modules.get(TELEMETRY)
    sys.modules[TELEMETRY] = None  # type: ignore[assignment]  # so that its import fails
    try:
        yield
    finally:
        del sys.modules[TELEMETRY]
        if loaded is not None:
            sys.modules[TELEMETRY] = loaded


with optional_dependency("The engine openvino", "openvino"), _without_telemetry():
    import openvino
    from openvino.frontend import FrontEndManager

# The bindings list numpy's types on first use and release Python's lock meanwhile, so that two threads could deadlock.
# An import is locked.
openvino.Type.f32.to_dtype()

_process: int | None = None  # id of the process in which OpenVINO has started its threads


def _require_threads() -> None:
    """Raise an error in a forked process, which lacks OpenVINO's threads and would wait forever."""
    global _process  # noqa: PLW0603 - OpenVINO's threads belong to the process, too
    if _process is None:
        _process = os.getpid()
    elif _process != os.getpid():
        raise SettingError(
            "OpenVINO cannot run in a process that was forked after OpenVINO was used. Start processes by 'spawn' or "
            "'forkserver' (multiprocessing.set_start_method), load the model only in them, or load it with "
            "engine='onnxruntime'."
        )


def _is_bfloat16_faster(core: openvino.Core) -> bool:
    """Whether bfloat16 is faster than float32 on this CPU.

    OpenVINO's own default excludes CPUs without bfloat16 instructions. With them, Intel CPUs without AMX are slower in
    bfloat16 than in float32, and AMD CPUs twice as fast.
    """
    return bool(core.get_property("CPU", "INFERENCE_PRECISION_HINT") == openvino.Type.bf16) and not lacks_amx()


# Operations whose values are among those of their first input.
SAME_VALUES = frozenset(
    ("Convert", "Gather", "GatherElements", "GatherND", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
)

_PRECISIONS = {"float32": openvino.Type.f32, "bfloat16": openvino.Type.bf16}


class OpenVinoGraph:
    """A compiled model of OpenVINO, as a ``Graph``.

    Each run borrows an inference request, which holds the buffers of inputs and outputs. Requests are not thread-local,
    because OpenVINO crashes when a request is freed with a thread that Python did not create, such as one of Daft's.
    All are created before the first run, because creating one during a run may also crash.

    Args:
        model: the compiled model.
        requests: maximum number of concurrent runs.
        rows: number of rows of the tables that inputs index, by input. OpenVINO itself does not check indices, and
            truncates those of 64 bits to 32.
    """

    def __init__(self, model: openvino.CompiledModel, requests: int, rows: Mapping[str, int]) -> None:
        self._outputs = {name: output for output in model.outputs for name in output.get_names()}
        self._idle: SimpleQueue[openvino.InferRequest] = SimpleQueue()
        for _ in range(requests):
            self._idle.put(model.create_infer_request())
        self.inputs = frozenset(name for value in model.inputs for name in value.get_names())
        self.outputs = frozenset(self._outputs)
        self._rows = rows

    def run(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float32]]:
        """Compute some outputs.

        Raises:
            IndexError: a token id is not in the vocabulary.
        """
        _require_threads()
        for name, count in self._rows.items():
            if name in inputs and inputs[name].size and not -count <= inputs[name].min() <= inputs[name].max() < count:
                raise IndexError(f"an id of {name} is outside of the vocabulary of {count:,}")
        request = self._idle.get()
        try:
            results = request.infer(dict(inputs), share_inputs=True)  # outputs are copied out of the request
        finally:
            self._idle.put(request)
        return [results[self._outputs[name]] for name in outputs]


@ENGINES.register("openvino")
class OpenVino:
    """OpenVINO on the CPU, as an ``Engine``.

    Args:
        precision: ``"float32"`` or ``"bfloat16"``; by default bfloat16 if the CPU is fast at it, which is twice as fast
            with nearly the same labels (docs/decisions/0011-engine.md).

    Raises:
        SettingError: it cannot run on this machine.
    """

    name: str = "openvino"
    version: str = openvino.__version__.split("-")[0]
    # A thread of OpenVINO computes each run while its caller waits. Between two runs, a core is idle for milliseconds
    # unless another caller has one ready.
    callers = 2

    def __init__(self, precision: str | None = None) -> None:
        try:
            self._core = openvino.Core()
            self.precision = precision or ("bfloat16" if _is_bfloat16_faster(self._core) else "float32")
        except RuntimeError as error:  # its plugin for the CPU is missing or incompatible
            raise SettingError(f"OpenVINO cannot run here: {error}. Use the engine onnxruntime.") from error

    def load(self, path: Path, *, threads: int, runs: int, exact: bool) -> Graph:
        """Load a graph. Where products of 8 bits would overflow, ONNX Runtime computes graphs that have them."""
        if products_overflow() and is_in_8_bits(path):
            return OnnxGraph(path, threads)
        _require_threads()
        # Core.read_model would try the parsers of all formats, which print errors.
        reader = FrontEndManager().load_by_framework("onnx")
        settings = {
            "INFERENCE_PRECISION_HINT": _PRECISIONS["float32" if exact else self.precision],
            "NUM_STREAMS": runs,
            "INFERENCE_NUM_THREADS": threads * runs,
            # With pinning, the threads of two graphs would run on the same cores.
            "ENABLE_CPU_PINNING": False,
        }
        model = reader.convert(reader.load(str(path)))
        return OpenVinoGraph(
            self._core.compile_model(model, "CPU", settings), self.callers * runs, _indexed_rows(model)
        )


def _indexed_rows(model: openvino.Model) -> dict[str, int]:
    """Number of rows of the tables that inputs of a graph index, by input."""
    rows: dict[str, int] = {}
    for operation in model.get_ops():
        if operation.get_type_name() != "Gather" or operation.input_value(2).get_node().get_type_name() != "Constant":
            continue
        table, indices = operation.input_value(0), operation.input_value(1)
        while indices.get_node().get_type_name() in SAME_VALUES:
            indices = indices.get_node().input_value(0)
        size = table.get_partial_shape()
        if indices.get_node().get_type_name() == "Parameter" and size.rank.is_static and size[0].is_static:
            for name in indices.get_names():
                rows[name] = min(size[0].get_length(), rows.get(name, size[0].get_length()))
    return rows
