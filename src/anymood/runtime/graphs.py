"""The graphs of a bundle, run by an engine.

B posts, T tokens, H and W pixels, F pooled values of an encoder, D = 300 features, C classes.
"""

import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from anymood.errors import AnymoodError, BundleError, DamagedBundle
from anymood.runtime.bundle import (
    CONFIG,
    FUSION_GRAPH,
    IMAGE_ENCODER,
    IMAGE_GRAPH,
    REMEDY,
    TEXT_ENCODER,
    TEXT_GRAPH,
    Bundle,
)
from anymood.runtime.cores import available_cores, chosen_cores
from anymood.runtime.engines.base import Graph
from anymood.runtime.engines.registry import choose_engine
from anymood.runtime.onnx_file import split_at_pooling

Floats: TypeAlias = NDArray[np.float32]
Ids: TypeAlias = NDArray[np.int64]

# Names of the inputs and outputs that each graph must have.
_ENCODED = frozenset({"features", "logits"})
_POOLED = frozenset({"pooled"})
GRAPHS = {
    IMAGE_GRAPH: (frozenset({"pixels"}), _ENCODED),
    TEXT_GRAPH: (frozenset({"tokens"}), _ENCODED),
    FUSION_GRAPH: (frozenset({"image_features", "text_features"}), frozenset({"logits"})),
    IMAGE_ENCODER: (frozenset({"pixels"}), _POOLED),
    TEXT_ENCODER: (frozenset({"tokens"}), _POOLED),
}
ENCODERS = {IMAGE_GRAPH: IMAGE_ENCODER, TEXT_GRAPH: TEXT_ENCODER}  # the encoder of a graph, if in a separate file

# If the logits of an image's two most probable classes, divided by the temperature, differ by less than this in
# bfloat16, rounding may have swapped them. Such an image is encoded again in float32 (docs/decisions/0011-engine.md).
CLOSE = 0.15


# Loaded graphs, by engine and file: models that share an encoder load its weights once.
_LOADED: "WeakValueDictionary[tuple[Any, ...], Graph]" = WeakValueDictionary()
_LOADING = {name: threading.Lock() for name in GRAPHS}


class MapGraphs(NamedTuple):
    """The two parts of an image graph, before and after its feature map."""

    to_map: Graph
    from_map: Graph
    map_name: str
    sized_by: str | None  # as in SplitGraph


class BundleGraphs:
    """Runs the graphs of a bundle; thread-safe.

    Graphs are loaded when they are first used: texts never load the image encoder. Each run uses one core, so
    that threads share the work; only a single image may use several.

    Attributes:
        bundle: the bundle.
        threads: number of cores to use.
        engine: the engine.
        engine_name: the argument ``engine``.

    Args:
        bundle: the bundle.
        threads: number of cores to use; by default all that are available.
        engine: ``"onnxruntime"`` or ``"openvino"``; by default the faster of those that are installed.

    Raises:
        SettingError: ``threads`` is not a positive integer, or there is no engine of that name.
        MissingExtra: the engine is not installed.
    """

    def __init__(self, bundle: Bundle, threads: int | None = None, engine: str | None = None) -> None:
        self.threads = chosen_cores(threads)
        self.bundle = bundle
        self.engine = choose_engine(engine, bundle.graphs)
        self.engine_name = engine
        self._rounds = self.engine.precision != "float32"
        self._loaded: dict[tuple[str, int, bool], Graph] = {}

    def callers(self, cores: int) -> int:
        """Number of threads that keep ``cores`` cores busy."""
        return cores * self.engine.callers if cores > 1 else 1

    def load_exact(self) -> None:
        """Load the float32 graph that encodes ambiguous images again, for the numbers of cores used so far.

        Raises:
            BundleError: the graph cannot be loaded.
        """
        for name, threads, _ in list(self._loaded):
            if name in (IMAGE_GRAPH, IMAGE_ENCODER):
                self._graph(name, threads, exact=True)

    def load_text_ahead(self) -> None:
        """Start loading the text graphs in the background, unless they are loaded."""
        names = [name for name in (TEXT_ENCODER, TEXT_GRAPH) if name in self.bundle.config.files]
        exact = not self._rounds
        if any((name, 1, exact) not in self._loaded for name in names):
            threading.Thread(target=self._load_quietly, args=(names, exact)).start()

    def _load_quietly(self, names: list[str], exact: bool) -> None:
        with suppress(AnymoodError):  # the caller gets the same error
            for name in names:
                self._graph(name, 1, exact)

    def encode_image(self, pixels: Floats, threads: int = 1) -> tuple[Floats, Floats]:
        """Features (B, D) and logits (B, C) of prepared images (B, 3, H, W).

        Raises:
            BundleError: the graph cannot be loaded or run, or its outputs are not finite.
        """
        features, logits = self._encode(IMAGE_GRAPH, threads, pixels=pixels)
        if self._rounds and (close := self._are_close(logits)).any():
            features[close], logits[close] = self._encode(IMAGE_GRAPH, threads, exact=True, pixels=pixels[close])
        return features, logits

    def _are_close(self, logits: Floats) -> NDArray[np.bool_]:
        """Whether the predicted label of an image, with logits (B, C), might differ in float32: (B,)."""
        second, first = np.sort(logits, axis=1)[:, -2:].T
        return (first - second) / self.bundle.config.temperatures.image < CLOSE  # type: ignore[no-any-return]

    def feature_map(self, pixels: Floats) -> Floats | None:
        """The last feature map (B, K, P, Q) of prepared images (B, 3, H, W), with K features at P x Q positions.

        None if the image encoder does not end with the mean over such positions.

        Raises:
            BundleError: the graph cannot be loaded or run.
        """
        graphs = self._split_image_graph()
        if graphs is None:
            return None
        [values] = self._run_graph(IMAGE_GRAPH, graphs.to_map, [graphs.map_name], {"pixels": pixels})
        return values if values.ndim == 4 else None

    def encode_map(self, maps: Floats) -> tuple[Floats, Floats]:
        """Features (B, D) and logits (B, C) of images from their feature maps (B, K, P, Q), always in float32.

        Raises:
            BundleError: the image encoder has no feature map, or the graph cannot be run.
        """
        graphs = self._split_image_graph()
        if graphs is None:
            raise BundleError(f"The image encoder of {self.bundle.name} has no feature map.")
        inputs = {graphs.map_name: maps}
        if graphs.sized_by is not None:
            inputs[graphs.sized_by] = np.zeros((len(maps), 1, 1, 1), np.float32)
        if IMAGE_ENCODER in self.bundle.config.files:
            [pooled] = self._run_graph(IMAGE_ENCODER, graphs.from_map, ["pooled"], inputs)
            features, logits = self._run(IMAGE_GRAPH, ["features", "logits"], 1, exact=True, pooled=pooled)
        else:
            features, logits = self._run_graph(IMAGE_GRAPH, graphs.from_map, ["features", "logits"], inputs)
        return features, logits

    def encode_text(self, tokens: Ids) -> tuple[Floats, Floats]:
        """Features (B, D) and logits (B, C) of token ids (B, T).

        Raises:
            BundleError: the graph cannot be loaded or run, or its outputs are not finite; or an id is not in the
                vocabulary, so that the tokenizer does not belong to the graph.
        """
        if tokens.size and tokens.min() < 0:  # a graph would count them from the end
            raise BundleError(f"The tokenizer of {self.bundle.name} gives negative ids. {REMEDY}")
        return self._encode(TEXT_GRAPH, 1, tokens=tokens)

    def fuse(self, image_features: Floats, text_features: Floats) -> Floats:
        """Logits (B, C) of the fused classifier from the features (B, D) of both encoders.

        Raises:
            BundleError: the graph cannot be loaded or run, or its outputs are not finite.
        """
        inputs = {"image_features": image_features, "text_features": text_features}
        [logits] = self._run(FUSION_GRAPH, ["logits"], 1, exact=True, **inputs)
        return logits

    def pool(self, name: str, **inputs: Floats | Ids) -> Floats:
        """Pooled values (B, F) of images or texts from an encoder in a separate file.

        Args:
            name: name of the file.
            inputs: pixels (B, 3, H, W) or tokens (B, T).

        Raises:
            BundleError: the graph cannot be loaded or run, or its outputs are not finite.
        """
        [pooled] = self._run(name, ["pooled"], 1, exact=True, **inputs)
        return pooled

    def _encode(self, name: str, threads: int, *, exact: bool = False, **inputs: Floats | Ids) -> tuple[Floats, Floats]:
        """Features and logits of images or texts, through the separate encoder if there is one."""
        if ENCODERS[name] in self.bundle.config.files:
            [pooled] = self._run(ENCODERS[name], ["pooled"], threads, exact=exact, **inputs)
            features, logits = self._run(name, ["features", "logits"], 1, exact=True, pooled=pooled)
        else:
            features, logits = self._run(name, ["features", "logits"], threads, exact=exact, **inputs)
        return features, logits

    def _run(
        self, name: str, outputs: list[str], threads: int, *, exact: bool = False, **inputs: Floats | Ids
    ) -> list[Floats]:
        return self._run_graph(name, self._graph(name, threads, exact or not self._rounds), outputs, inputs)

    def _run_graph(
        self, name: str, graph: Graph, outputs: list[str], inputs: Mapping[str, Floats | Ids]
    ) -> list[Floats]:
        """Outputs of the graph in the file ``name``.

        Raises:
            BundleError: it cannot be run, or its outputs are not finite, or not those of the bundle's labels.
        """
        try:
            values = graph.run(outputs, inputs)
        except AnymoodError:
            raise
        except Exception as error:  # the errors of these libraries have no other common base
            shapes = ", ".join(f"{name} {value.shape}" for name, value in inputs.items())
            raise BundleError(f"{self.bundle.path(name)} cannot be run on {shapes}: {error}. {REMEDY}") from error
        if not all(np.isfinite(value).all() for value in values):
            raise BundleError(f"{self.bundle.path(name)} gives values that are not finite. Train the model again.")
        classes = dict(zip(outputs, (value.shape[-1] for value in values), strict=True)).get("logits")
        if classes not in (None, len(self.bundle.labels)):
            raise DamagedBundle(
                f"{self.bundle.path(name)} gives logits of {classes} classes, but {CONFIG} lists "
                f"{len(self.bundle.labels)} labels. {REMEDY}"
            )
        return values

    def _graph(self, name: str, threads: int, exact: bool) -> Graph:
        """A graph whose runs use some number of cores; loaded once for all threads."""
        variant = name, threads, exact
        with _LOADING[name]:
            if variant not in self._loaded:
                # Callers with threads, such as the service, may run a graph on every core.
                runs = max(self.threads, available_cores()) if threads == 1 else 1
                written = self.bundle.config.files[name]
                key = (type(self.engine), self.engine.precision, name, written, threads, runs, exact)
                graph = _LOADED.get(key) or self._load(name, threads, runs, exact)
                _LOADED[key] = self._loaded[variant] = graph
            return self._loaded[variant]

    def _split_image_graph(self) -> MapGraphs | None:
        """The two parts of the image graph, loaded once for all threads; None if it has no feature map."""
        with _LOADING[IMAGE_GRAPH]:
            return self._map_graphs

    @cached_property
    def _map_graphs(self) -> MapGraphs | None:
        path = self.bundle.path(IMAGE_ENCODER if IMAGE_ENCODER in self.bundle.config.files else IMAGE_GRAPH)
        runs = max(self.threads, available_cores())
        with _damaged(f"{path} is not a graph that can be divided"):
            split = split_at_pooling(path.read_bytes())
            if split is None:
                return None
            with tempfile.TemporaryDirectory() as folder:
                first, second = Path(folder, "to_map.onnx"), Path(folder, "from_map.onnx")
                first.write_bytes(split.to_map)
                second.write_bytes(split.from_map)
                return MapGraphs(
                    self.engine.load(first, threads=1, runs=runs, exact=not self._rounds),
                    self.engine.load(second, threads=1, runs=runs, exact=True),
                    split.map_name,
                    split.sized_by,
                )

    def _load(self, name: str, threads: int, runs: int, exact: bool) -> Graph:
        path = self.bundle.path(name)
        with _damaged(f"{path} is not a graph that can be run"):
            graph = self.engine.load(path, threads=threads, runs=runs, exact=exact)
        inputs, outputs = GRAPHS[name]
        if ENCODERS.get(name) in self.bundle.config.files:
            inputs = _POOLED
        if not (inputs <= graph.inputs and outputs <= graph.outputs):  # in OpenVINO a value may have several names
            raise DamagedBundle(
                f"{path} takes {sorted(graph.inputs)} and gives {sorted(graph.outputs)}, "
                f"but should take {sorted(inputs)} and give {sorted(outputs)}. {REMEDY}"
            )
        return graph


@contextmanager
def _damaged(message: str) -> Iterator[None]:
    """Errors of an engine as ``DamagedBundle``."""
    try:
        yield
    except AnymoodError:
        raise
    except Exception as error:  # the errors of these libraries have no other common base
        raise DamagedBundle(f"{message}: {error}. {REMEDY}") from error
