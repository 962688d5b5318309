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

from anymood.errors import SettingError
from anymood.runtime.cores import CORES, cores_have

REPORTER = "openvino_telemetry"


@contextmanager
def _without_reports() -> Iterator[None]:
    """Imports inside the block do not find the package that reports.

    OpenVINO tells its maker of each import, and keeps an id in the home folder, unless that package is not there;
    no variable turns it off. Where OpenVINO was imported before, this comes too late, and changes nothing.
    """
    loaded = sys.modules.get(REPORTER)
    sys.modules[REPORTER] = None  # type: ignore[assignment]  # Python's own mark for "not to be found"
    try:
        yield
    finally:
        del sys.modules[REPORTER]
        if loaded is not None:
            sys.modules[REPORTER] = loaded


with _without_reports():
    import openvino
    from openvino.frontend import FrontEndManager

# The bindings list numpy's types when the first of them is asked for, and let go of Python's lock meanwhile: two
# threads that come first together would deadlock. Here, they import one by one.
openvino.Type.f32.to_dtype()

_process: int | None = None  # that in which OpenVINO has started its threads


def _require_threads() -> None:
    """Check that this process has OpenVINO's threads: a forked one does not, and would wait for them forever."""
    global _process  # noqa: PLW0603 - OpenVINO's threads are the process's too
    if _process is None:
        _process = os.getpid()
    elif _process != os.getpid():
        raise SettingError(
            "OpenVINO was at work in the process that this one was forked from, and cannot be in both. Start "
            "processes by 'spawn' or 'forkserver' (multiprocessing.set_start_method), load the model in them alone, or "
            "load it with engine='onnxruntime'."
        )


def _bfloat16_pays(core: openvino.Core) -> bool:
    """Whether bfloat16 is faster here than float32.

    OpenVINO's own choice for these cores is asked first: where they cannot multiply it, it is done in software, and
    slow. But Intel's without AMX take longer for it than for float32, and AMD's half the time. Systems other than Linux
    do not tell of AMX; apart from virtual machines, which may hide it, few of Intel's cores have the one without it.
    """
    if core.get_property("CPU", "INFERENCE_PRECISION_HINT") != openvino.Type.bf16:
        return False
    return "Intel" not in core.get_property("CPU", "FULL_DEVICE_NAME") or cores_have("amx_bf16", CORES) is not False


# Operations whose values are among those of their first input.
SAME_VALUES = frozenset(
    ("Convert", "Gather", "GatherElements", "GatherND", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
)

_PRECISIONS = {"float32": openvino.Type.f32, "bfloat16": openvino.Type.bf16}


class OpenVinoGraph:
    """A compiled model of OpenVINO; as a ``Graph``.

    Each run takes a request, which holds buffers for inputs and outputs, and gives it back. One for each thread would
    be dropped with its thread, which OpenVINO does not survive where the thread is not Python's own, such as Daft's: it
    frees what Python keeps for that thread, and Python frees it again. All are made before the first run: nor does it
    always survive that one is made while others run.

    Args:
        model: compiled.
        requests: runs that need not wait for one of the others to end.
        rows: of the tables that inputs index, by the name of the input. OpenVINO itself takes indices beyond a table,
            and computes those of 64 bits in 32.
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
        """The outputs asked for.

        Raises:
            IndexError: a token id is outside of the vocabulary.
        """
        _require_threads()
        for name, count in self._rows.items():
            if name in inputs and inputs[name].size and not -count <= inputs[name].min() <= inputs[name].max() < count:
                raise IndexError(f"an id of {name} is outside of the vocabulary of {count:,}")
        request = self._idle.get()
        try:
            found = request.infer(dict(inputs), share_inputs=True)  # outputs are copied out of the request
        finally:
            self._idle.put(request)
        return [found[self._outputs[name]] for name in outputs]


class OpenVino:
    """OpenVINO on the CPU; as an ``Engine``.

    Args:
        precision: ``"float32"`` or ``"bfloat16"``; by default bfloat16 where the cores are fast at it: twice as fast,
            and labels agree (docs/decisions/0011-engine.md).
    """

    name: str = "openvino"
    version: str = openvino.__version__.split("-")[0]
    # Where several runs go on at once, each is the work of a thread of OpenVINO's, for which its caller sleeps; between
    # the two a core may be idle for milliseconds, unless another caller has something to do.
    callers = 2

    def __init__(self, precision: str | None = None) -> None:
        self._core = openvino.Core()
        self.precision = precision or ("bfloat16" if _bfloat16_pays(self._core) else "float32")

    def load(self, path: Path, *, threads: int, runs: int, exact: bool) -> OpenVinoGraph:
        """Make a graph ready."""
        _require_threads()
        # Core.read_model would try the parsers of all formats, and each of them complain on standard error.
        reader = FrontEndManager().load_by_framework("onnx")
        settings = {
            "INFERENCE_PRECISION_HINT": _PRECISIONS["float32" if exact else self.precision],
            "NUM_STREAMS": runs,
            "INFERENCE_NUM_THREADS": threads * runs,
            # Pinned, the threads of two graphs would sit on the same cores.
            "ENABLE_CPU_PINNING": False,
        }
        model = reader.convert(reader.load(str(path)))
        return OpenVinoGraph(
            self._core.compile_model(model, "CPU", settings), self.callers * runs, _indexed_rows(model)
        )


def _indexed_rows(model: openvino.Model) -> dict[str, int]:
    """Rows of the tables that inputs of a graph index, by the name of the input."""
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
