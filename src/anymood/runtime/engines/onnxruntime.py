"""ONNX Runtime, the engine of the base install."""

import os
import platform
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Since 1.29 ONNX Runtime reports to its maker, and keeps a device id in the home folder, unless
# this is set before it starts; a value that the user has set stands.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

from anymood.runtime.cores import CORES, cores_have
from anymood.runtime.embedding_rows import EmbeddingRows, with_rows_as_inputs
from anymood.runtime.engines.base import Graph
from anymood.runtime.engines.registry import ENGINES
from anymood.runtime.onnx_file import with_mapped_weights

# ONNX Runtime's one step for a sum and its normalisation takes longer than the two by themselves: 9.6 ms a text of 33
# tokens in place of 8.7.
# So does that for GELU with the bias before it.
SLOWER = ["SkipLayerNormFusion", "BiasGeluFusion"]
FATAL = 4  # ONNX Runtime's log severity: what is less than fatal comes back as an error, to be told once


def _overflows() -> bool:
    """Whether sums of two 8-bit products may overflow, as on x86 without VNNI, or if features are unknown."""
    has_vnni = cores_have("vnni", CORES)
    return platform.machine().lower() in ("x86_64", "amd64") if has_vnni is None else not has_vnni


@cache
def _share_arena() -> None:
    """Let graphs take memory for their values from one arena: they run in turn, and one each takes 8 MB more."""
    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg({}))


class OnnxGraph:
    """A session of ONNX Runtime, as a ``Graph``; each run uses ``threads`` cores."""

    def __init__(self, path: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = FATAL
        # Plans for shapes that change from batch to batch cost memory (50 MB here) and win no time.
        options.enable_mem_pattern = False
        # Waiting threads that spin take the cores of whatever else runs: beside a busy process,
        # spinning halved the texts and images a second.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        _share_arena()
        options.add_session_config_entry("session.use_env_allocators", "1")
        # Weights get memory of their own, which is freed with the graph.
        options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
        if _overflows():  # sums in 32 bits take twice as long
            options.add_session_config_entry("session.x64quantprecision", "1")
        graph: str | bytes = str(path)
        self._rows: EmbeddingRows | None = None
        if os.name == "posix":  # on Windows, a mapped file cannot be replaced or removed
            path = path.resolve()  # the hub's cache has links
            graph, self._rows = with_rows_as_inputs(with_mapped_weights(path), path)
            options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(path.parent))
        self._session = onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOWER
        )
        self._session._model_bytes = None  # only read above; a session keeps its file for as long as it is there
        self.inputs = frozenset(value.name for value in self._session.get_inputs())
        self.outputs = frozenset(value.name for value in self._session.get_outputs())

    def run(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float32]]:
        """Compute some outputs."""
        read = inputs if self._rows is None else self._rows.added_to(inputs)
        return self._session.run(list(outputs), dict(read))  # type: ignore[no-any-return]


@ENGINES.register("onnxruntime")
class OnnxRuntime:
    """ONNX Runtime in float32, as an ``Engine``."""

    name: str = "onnxruntime"
    version: str = onnxruntime.__version__
    precision = "float32"
    callers = 1  # a run is the caller's own work

    def load(self, path: Path, *, threads: int, runs: int, exact: bool) -> Graph:
        """Load a graph. It takes any number of concurrent runs, and is always exact."""
        onnxruntime.disable_telemetry_events()  # for a process that had started ONNX Runtime before
        return OnnxGraph(path, threads)
