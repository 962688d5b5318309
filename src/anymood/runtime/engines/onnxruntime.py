"""ONNX Runtime, the engine of the base install."""

import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Since 1.29, ONNX Runtime sends telemetry and stores a device id in the home folder, unless this is set before its
# import. A value that the user has set is kept.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

from anymood.runtime.cores import products_overflow
from anymood.runtime.embedding_rows import EmbeddingRows, with_rows_as_inputs
from anymood.runtime.engines.base import Graph
from anymood.runtime.engines.registry import ENGINES
from anymood.runtime.onnx_file import with_mapped_weights

# Fused operators that are slower than their parts: with SkipLayerNormalization, a text of 33 tokens takes 9.6 ms
# instead of 8.7; likewise BiasGelu.
SLOWER = ["SkipLayerNormFusion", "BiasGeluFusion"]
FATAL = 4  # log severity of ONNX Runtime; other failures are raised as errors, and need no log


def session_options(threads: int) -> onnxruntime.SessionOptions:
    """Options of a session with which products of 8 bits do not overflow; each run uses ``threads`` cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    if products_overflow():  # sums in 32 bits take 1.1 times as long for texts, and 1.2 times for images
        options.add_session_config_entry("session.x64quantprecision", "1")
    return options


@cache
def _share_arena() -> None:
    """Let all graphs allocate from one arena: an arena for each takes 8 MB more."""
    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg({}))


class OnnxGraph:
    """A session of ONNX Runtime, as a ``Graph``; each run uses ``threads`` cores."""

    def __init__(self, path: Path, threads: int) -> None:
        options = session_options(threads)
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = FATAL
        # Memory plans take 50 MB and save no time, because shapes change from batch to batch.
        options.enable_mem_pattern = False
        # Spinning threads block cores: next to another busy process, they halve the throughput.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        _share_arena()
        options.add_session_config_entry("session.use_env_allocators", "1")
        # Weights are allocated separately, so that their memory is freed with the graph.
        options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
        graph: str | bytes = str(path)
        self._rows: EmbeddingRows | None = None
        if os.name == "posix":  # on Windows, a mapped file cannot be replaced or removed
            path = path.resolve()  # the hub's cache has links
            graph, self._rows = with_rows_as_inputs(with_mapped_weights(path), path)
            options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(path.parent))
        self._session = onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOWER
        )
        self._session._model_bytes = None  # which the session would keep, though it is no longer needed
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
    callers = 1  # a run uses the thread of the caller

    def load(self, path: Path, *, threads: int, runs: int, exact: bool) -> Graph:
        """Load a graph. It takes any number of concurrent runs, and is always exact."""
        onnxruntime.disable_telemetry_events()  # if the process has already started ONNX Runtime
        return OnnxGraph(path, threads)
