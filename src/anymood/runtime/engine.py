"""The three graphs of a bundle in ONNX Runtime.

B posts, T tokens, H and W pixels, D = 300 features, C classes.
"""

import os
import threading
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

# Since 1.29 ONNX Runtime reports to its maker, and keeps a device id in the home folder, unless
# this is set before it starts; a value that the user has set stands.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

from anymood.errors import BundleError, DamagedBundle, SettingError
from anymood.runtime.bundle import FUSION_GRAPH, IMAGE_GRAPH, MEND, TEXT_GRAPH, Bundle
from anymood.runtime.cores import available_cores

Floats: TypeAlias = NDArray[np.float32]
Ids: TypeAlias = NDArray[np.int64]

# Inputs and outputs by name: what a graph must look like to be run.
GRAPHS = {
    IMAGE_GRAPH: ({"pixels"}, {"features", "logits"}),
    TEXT_GRAPH: ({"tokens"}, {"features", "logits"}),
    FUSION_GRAPH: ({"image_features", "text_features"}, {"logits"}),
}
FATAL = 4  # ONNX Runtime's log severity: what is less than fatal comes back as an error, to be told once


class Engine:
    """Runs the graphs of a bundle; safe to share between threads.

    A graph is loaded when it is first needed, so that a job over texts never loads the image
    encoder.

    Args:
        bundle: whose graphs to run.
        threads: cores to keep busy; by default those that this process may use.

    Raises:
        SettingError: ``threads`` is less than 1.
    """

    def __init__(self, bundle: Bundle, threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise SettingError(f"'threads' is {threads}. Give at least 1, or nothing for all cores.")
        self.bundle = bundle
        self.threads = threads or available_cores()
        self._sessions: dict[str, onnxruntime.InferenceSession] = {}
        self._loading = threading.Lock()

    def encode_image(self, pixels: Floats) -> tuple[Floats, Floats]:
        """Features (B, D) and logits (B, C) of prepared images (B, 3, H, W).

        Raises:
            BundleError: the graph cannot be loaded or run, or gives values that are no numbers.
        """
        features, logits = self._run(IMAGE_GRAPH, ["features", "logits"], pixels=pixels)
        return features, logits

    def encode_text(self, tokens: Ids) -> tuple[Floats, Floats]:
        """Features (B, D) and logits (B, C) of token ids (B, T).

        Raises:
            BundleError: the graph cannot be loaded or run, or gives values that are no numbers.
        """
        features, logits = self._run(TEXT_GRAPH, ["features", "logits"], tokens=tokens)
        return features, logits

    def fuse(self, image_features: Floats, text_features: Floats) -> Floats:
        """Logits (B, C) of the fused classifier from the features (B, D) of both encoders.

        Raises:
            BundleError: the graph cannot be loaded or run, or gives values that are no numbers.
        """
        [logits] = self._run(FUSION_GRAPH, ["logits"], image_features=image_features, text_features=text_features)
        return logits

    def _run(self, graph: str, outputs: list[str], **inputs: Floats | Ids) -> list[Floats]:
        session = self._session(graph)
        try:
            values: list[Floats] = session.run(outputs, inputs)
        except Exception as error:  # ONNX Runtime's errors share no other base
            shapes = ", ".join(f"{name} {value.shape}" for name, value in inputs.items())
            raise BundleError(f"{self.bundle.path(graph)} cannot be run on {shapes}: {error}. {MEND}") from error
        if not all(np.isfinite(value).all() for value in values):
            raise BundleError(f"{self.bundle.path(graph)} gives values that are no numbers. Train the model anew.")
        return values

    def _session(self, graph: str) -> onnxruntime.InferenceSession:
        """The session of a graph, loaded once however many threads ask for it."""
        with self._loading:
            if graph not in self._sessions:
                self._sessions[graph] = self._load(graph)
            return self._sessions[graph]

    def _load(self, graph: str) -> onnxruntime.InferenceSession:
        onnxruntime.disable_telemetry_events()  # for a process that had started ONNX Runtime before
        options = onnxruntime.SessionOptions()
        # Only images are work enough to share one among cores. Texts go to the cores group by group.
        options.intra_op_num_threads = self.threads if graph == IMAGE_GRAPH else 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = FATAL
        # Plans for shapes that change from batch to batch cost memory (50 MB here) and win no time.
        options.enable_mem_pattern = False
        # Waiting threads that spin take the cores of whatever else runs: beside a busy process,
        # spinning halved the texts and images a second.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        path = self.bundle.path(graph)
        try:
            session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors share no other base
            raise DamagedBundle(f"{path} is not a graph that can be run: {error}. {MEND}") from error
        found = ({value.name for value in session.get_inputs()}, {value.name for value in session.get_outputs()})
        if found != GRAPHS[graph]:
            raise DamagedBundle(
                f"{path} takes {sorted(found[0])} and gives {sorted(found[1])}, "
                f"but should take {sorted(GRAPHS[graph][0])} and give {sorted(GRAPHS[graph][1])}. {MEND}"
            )
        return session
