"""The graphs of a bundle, run by an engine.

B posts, T tokens, H and W pixels, F pooled values of an encoder, D = 300 features, C classes.
"""

import threading
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from anymood.errors import AnymoodError, BundleError, DamagedBundle
from anymood.runtime.bundle import (
    FUSION_GRAPH,
    IMAGE_ENCODER,
    IMAGE_GRAPH,
    MEND,
    TEXT_ENCODER,
    TEXT_GRAPH,
    Bundle,
)
from anymood.runtime.cores import available_cores, chosen_cores
from anymood.runtime.engines.base import Graph
from anymood.runtime.engines.registry import choose_engine

Floats: TypeAlias = NDArray[np.float32]
Ids: TypeAlias = NDArray[np.int64]

# Inputs and outputs by name: what a graph must look like to be run.
_ENCODED = frozenset({"features", "logits"})
_POOLED = frozenset({"pooled"})
GRAPHS = {
    IMAGE_GRAPH: (frozenset({"pixels"}), _ENCODED),
    TEXT_GRAPH: (frozenset({"tokens"}), _ENCODED),
    FUSION_GRAPH: (frozenset({"image_features", "text_features"}), frozenset({"logits"})),
    IMAGE_ENCODER: (frozenset({"pixels"}), _POOLED),
    TEXT_ENCODER: (frozenset({"tokens"}), _POOLED),
}
ENCODERS = {IMAGE_GRAPH: IMAGE_ENCODER, TEXT_GRAPH: TEXT_ENCODER}  # what feeds a graph, where that is a file of its own

# Where the logits of an image's two likeliest classes, over the temperature, lie closer than this in bfloat16, rounding
# may have swapped them: such an image is encoded again in float32 (docs/decisions/0011-engine.md).
CLOSE = 0.15


# Graphs that are ready, by engine and file, so that models that share an encoder hold its weights once.
_LOADED: "WeakValueDictionary[tuple[Any, ...], Graph]" = WeakValueDictionary()
_LOADING = threading.Lock()


class BundleGraphs:
    """Runs the graphs of a bundle; safe to share between threads.

    A graph is loaded when it is first needed, so that a job over texts never loads the image
    encoder.

    Each run keeps one core busy, so that several threads may each run a part of the work; but a lone image may be
    shared among cores.

    Attributes:
        bundle: whose graphs it runs.
        threads: cores that it keeps busy.
        engine: what runs them.

    Args:
        bundle: whose graphs to run.
        threads: cores to keep busy; by default those that this process may use.
        engine: ``"onnxruntime"`` or ``"openvino"``; by default the faster of those that are installed.

    Raises:
        SettingError: ``threads`` is no whole number from 1, or there is no engine of that name.
        MissingExtra: the engine is not installed.
    """

    def __init__(self, bundle: Bundle, threads: int | None = None, engine: str | None = None) -> None:
        self.threads = chosen_cores(threads)
        self.bundle = bundle
        self.engine = choose_engine(engine)
        self._rounds = self.engine.precision != "float32"
        self._loaded: dict[tuple[str, int, bool], Graph] = {}

    def callers(self, cores: int) -> int:
        """Threads that should share the work to keep some cores busy; a lone core is busy with one."""
        return cores * self.engine.callers if cores > 1 else 1

    def load_exact(self) -> None:
        """Load what the first image that is close would wait for, on as many cores as images were encoded on.

        Raises:
            BundleError: the graph cannot be loaded.
        """
        for name, threads, _ in list(self._loaded):
            if name in (IMAGE_GRAPH, IMAGE_ENCODER):
                self._graph(name, threads, exact=True)

    def encode_image(self, pixels: Floats, threads: int = 1) -> tuple[Floats, Floats]:
        """Features (B, D) and logits (B, C) of prepared images (B, 3, H, W), on some cores.

        Raises:
            BundleError: the graph cannot be loaded or run, or gives values that are no numbers.
        """
        features, logits = self._encode(IMAGE_GRAPH, threads, pixels=pixels)
        if self._rounds and (close := self._are_close(logits)).any():
            features[close], logits[close] = self._encode(IMAGE_GRAPH, threads, exact=True, pixels=pixels[close])
        return features, logits

    def _are_close(self, logits: Floats) -> NDArray[np.bool_]:
        """Whether the label of an image, by its logits (B, C), might be another one in float32: (B,)."""
        second, first = np.sort(logits, axis=1)[:, -2:].T
        return (first - second) / self.bundle.config.temperatures.image < CLOSE  # type: ignore[no-any-return]

    def encode_text(self, tokens: Ids) -> tuple[Floats, Floats]:
        """Features (B, D) and logits (B, C) of token ids (B, T).

        Raises:
            BundleError: the graph cannot be loaded or run, or gives values that are no numbers.
        """
        return self._encode(TEXT_GRAPH, 1, tokens=tokens)

    def fuse(self, image_features: Floats, text_features: Floats) -> Floats:
        """Logits (B, C) of the fused classifier from the features (B, D) of both encoders.

        Raises:
            BundleError: the graph cannot be loaded or run, or gives values that are no numbers.
        """
        inputs = {"image_features": image_features, "text_features": text_features}
        [logits] = self._run(FUSION_GRAPH, ["logits"], 1, exact=True, **inputs)
        return logits

    def pool(self, name: str, threads: int = 1, **inputs: Floats | Ids) -> Floats:
        """Pooled values (B, F) of images or texts, where their encoder is a file of its own.

        Args:
            name: of that file.
            threads: cores to take.
            inputs: pixels (B, 3, H, W) or tokens (B, T).

        Raises:
            BundleError: the graph cannot be loaded or run, or gives values that are no numbers.
        """
        [pooled] = self._run(name, ["pooled"], threads, exact=True, **inputs)
        return pooled

    def _encode(self, name: str, threads: int, *, exact: bool = False, **inputs: Floats | Ids) -> tuple[Floats, Floats]:
        """Features and logits of images or texts; through the encoder first, where it is a file of its own."""
        if ENCODERS[name] in self.bundle.config.files:
            [pooled] = self._run(ENCODERS[name], ["pooled"], threads, exact=exact, **inputs)
            features, logits = self._run(name, ["features", "logits"], 1, exact=True, pooled=pooled)
        else:
            features, logits = self._run(name, ["features", "logits"], threads, exact=exact, **inputs)
        return features, logits

    def _run(
        self, name: str, outputs: list[str], threads: int, *, exact: bool = False, **inputs: Floats | Ids
    ) -> list[Floats]:
        graph = self._graph(name, threads, exact or not self._rounds)
        try:
            values = graph.run(outputs, inputs)
        except AnymoodError:
            raise
        except Exception as error:  # the errors of these libraries share no other base
            shapes = ", ".join(f"{name} {value.shape}" for name, value in inputs.items())
            raise BundleError(f"{self.bundle.path(name)} cannot be run on {shapes}: {error}. {MEND}") from error
        if not all(np.isfinite(value).all() for value in values):
            raise BundleError(f"{self.bundle.path(name)} gives values that are no numbers. Train the model anew.")
        return values

    def _graph(self, name: str, threads: int, exact: bool) -> Graph:
        """A graph whose runs take so many cores, loaded once however many threads ask for it."""
        wanted = name, threads, exact
        with _LOADING:
            if wanted not in self._loaded:
                # Whoever shares the model between threads of his own, as the service does, may run one on every core.
                runs = max(self.threads, available_cores()) if threads == 1 else 1
                written = self.bundle.config.files[name]
                key = (type(self.engine), self.engine.precision, name, written, threads, runs, exact)
                graph = _LOADED.get(key) or self._load(name, threads, runs, exact)
                _LOADED[key] = self._loaded[wanted] = graph
            return self._loaded[wanted]

    def _load(self, name: str, threads: int, runs: int, exact: bool) -> Graph:
        path = self.bundle.path(name)
        try:
            graph = self.engine.load(path, threads=threads, runs=runs, exact=exact)
        except AnymoodError:
            raise
        except Exception as error:  # the errors of these libraries share no other base
            raise DamagedBundle(f"{path} is not a graph that can be run: {error}. {MEND}") from error
        inputs, outputs = GRAPHS[name]
        if ENCODERS.get(name) in self.bundle.config.files:
            inputs = _POOLED
        if not (inputs <= graph.inputs and outputs <= graph.outputs):  # in OpenVINO a value may have several names
            raise DamagedBundle(
                f"{path} takes {sorted(graph.inputs)} and gives {sorted(graph.outputs)}, "
                f"but should take {sorted(inputs)} and give {sorted(outputs)}. {MEND}"
            )
        return graph
