"""Compare the engines on pairs: speed, agreement of labels, accuracy.

    python benchmarks/engines.py MVSA_SINGLE [--parts validation test] [--int8] [--threads 1]
    python benchmarks/engines.py MSED --model emotion --protocol deduplicated

Speed is that of the graphs alone, on arrays in memory: the engines run the same images and texts in turn, and the
median of the ratios to ONNX Runtime in float32 is printed. Agreement is the share of equal labels, compared with ONNX
Runtime in float32, for each classifier on all posts of the parts, with the greatest difference of a probability;
accuracy is on the test part. Two kinds of int8 graphs are created: with QDQ nodes, per channel, calibrated on training
posts; and, only of texts, with weights in blocks of 32 and dynamically quantised activations.
"""

import argparse
import logging
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import anymood
from anymood.datasets.reader import open_corpus
from anymood.probabilities import softmax
from anymood.runtime.bundle import FUSION_GRAPH, IMAGE_GRAPH, TEXT_GRAPH
from anymood.runtime.encoding import IMAGES_PER_RUN
from anymood.runtime.engines.base import Engine
from anymood.runtime.engines.onnxruntime import OnnxRuntime
from anymood.runtime.engines.openvino import OpenVino
from anymood.runtime.graphs import CLOSE, BundleGraphs

ROUNDS = 5
IMAGES, TEXTS = 16, 64  # of a round
SIZES = (1, 8)  # of batches
CALIBRATION = 100  # train posts


class Graphs:
    """Graphs of a bundle in one engine, each run once, with the methods of ``BundleGraphs`` that are used here.

    Graphs in ``folder`` replace those of the bundle.
    """

    def __init__(self, engine: Engine, model: anymood.Model, threads: int, folder: Path | None = None) -> None:
        self._bundle, self._engine, self._threads, self._folder = model.bundle, engine, threads, folder
        self._image, self._text, self._fusion = (self._load(name) for name in (IMAGE_GRAPH, TEXT_GRAPH, FUSION_GRAPH))

    def _load(self, name: str):
        path = self._bundle.path(name)
        if self._folder is not None and (self._folder / name).exists():
            path = self._folder / name
        return self._engine.load(path, threads=self._threads, runs=1, exact=False)

    def encode_image(self, pixels: np.ndarray) -> list[np.ndarray]:
        return self._image.run(["features", "logits"], {"pixels": pixels})

    def encode_text(self, tokens: np.ndarray) -> list[np.ndarray]:
        return self._text.run(["features", "logits"], {"tokens": tokens})

    def fuse(self, image_features: np.ndarray, text_features: np.ndarray) -> np.ndarray:
        inputs = {"image_features": image_features, "text_features": text_features}
        return self._fusion.run(["logits"], inputs)[0]


Engines = dict[str, BundleGraphs | Graphs]


def main() -> None:
    parser = argparse.ArgumentParser(description="Engines: speed, agreement, accuracy.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--parts", nargs="+", default=["train", "validation", "test"])
    parser.add_argument("--model", default="sentiment")
    parser.add_argument("--protocol", default="clmlf")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--int8", action="store_true")
    arguments = parser.parse_args()
    model = anymood.load(arguments.model, engine="onnxruntime")
    corpus = open_corpus(arguments.corpus, model.labels, protocol=arguments.protocol)
    pairs = [example for example in corpus.examples if example.post.text and example.post.image is not None]
    with tempfile.TemporaryDirectory() as name:
        engines = {
            "onnxruntime float32": Graphs(OnnxRuntime(), model, arguments.threads),
            "openvino float32": Graphs(OpenVino("float32"), model, arguments.threads),
            "openvino bfloat16": Graphs(OpenVino("bfloat16"), model, arguments.threads),
            "openvino as chosen": BundleGraphs(model.bundle, arguments.threads, "openvino"),
        }
        if arguments.int8:
            train = [example.post for example in pairs if example.split == "train"]
            posts = train[:: len(train) // CALIBRATION][:CALIBRATION]
            rounded = {
                "int8": quantise(model, posts, Path(name)),
                "blocks": quantise_in_blocks(model, Path(name)),
            }
            for kind, made in rounded.items():
                sizes = ", ".join(f"{path.name} {path.stat().st_size / 1e6:.1f} MB" for path in made.glob("*.onnx"))
                print(f"graphs of {kind}: {sizes}")
                engines[f"onnxruntime {kind}"] = Graphs(OnnxRuntime(), model, arguments.threads, made)
                engines[f"openvino {kind}"] = Graphs(OpenVino("float32"), model, arguments.threads, made)
        examples = [example for example in pairs if example.split in arguments.parts]
        compare_speed(model, engines, [example.post for example in examples[:TEXTS]])
        compare_labels(model, engines, examples)


def compare_speed(model: anymood.Model, engines: Engines, posts: list[anymood.Post]) -> None:
    for size in SIZES:
        images = image_inputs(model, posts[:IMAGES], size)
        runs = {name: run(one.encode_image, images) for name, one in engines.items()}
        report(f"images, {size} at once", runs, IMAGES)
        texts = text_inputs(model, posts, size)
        runs = {name: run(one.encode_text, texts) for name, one in engines.items()}
        report(f"texts, {size} at once", runs, len(posts))


def report(what: str, runs: dict[str, Callable[[], None]], number: int) -> None:
    for one in runs.values():
        one()  # warm-up
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, one in runs.items():
            started = time.perf_counter()
            one()
            seconds[name].append(time.perf_counter() - started)
    first, *_ = seconds.values()
    for name, taken in seconds.items():
        ratio = statistics.median(base / one for base, one in zip(first, taken, strict=True))
        print(f"{what:20} {name:20} {number / statistics.median(taken):7.1f} /s, {ratio:.2f} times", flush=True)


def run(encode: Callable, inputs: "Lazily") -> Callable[[], None]:
    def once() -> None:
        for one in inputs:
            encode(one)

    return once


def compare_labels(model: anymood.Model, engines: Engines, examples: list) -> None:
    labels = np.array([example.label for example in examples])
    test = np.array([example.split == "test" for example in examples])
    results = everything(model, engines, [example.post for example in examples])
    reference = results["onnxruntime float32"]
    second, first = np.log(np.sort(results["openvino bfloat16"]["image"], axis=1)[:, -2:]).T
    print(f"of the images, {(first - second < CLOSE).mean():.1%} are close and encoded again")
    for name, probabilities in results.items():
        for classifier, values in probabilities.items():
            same = values.argmax(axis=1) == reference[classifier].argmax(axis=1)
            right, before = (one.argmax(axis=1)[test] == labels[test] for one in (values, reference[classifier]))
            difference = np.abs(values - reference[classifier])
            print(
                f"{name:20} {classifier:6} labels agree {same.mean():.2%} of {len(same)} posts, "
                f"{same[test].mean():.2%} of {test.sum()} test posts; probabilities differ by "
                f"{difference.mean():.4f} on average, {difference.max():.4f} at most; test accuracy {right.mean():.2%} "
                f"({100 * (right.mean() - before.mean()):+.2f} points)"
            )


def everything(model: anymood.Model, engines: Engines, posts: list[anymood.Post]) -> dict[str, dict]:
    """Probabilities (B, C) of each classifier by each engine."""
    parts: dict[str, dict[str, list]] = {name: {"fused": [], "text": [], "image": []} for name in engines}
    images, texts = image_inputs(model, posts, IMAGES_PER_RUN), text_inputs(model, posts, IMAGES_PER_RUN, sort=False)
    temperatures = model.bundle.config.temperatures
    for pixels, tokens in zip(images, texts, strict=True):
        for name, one in engines.items():
            r_v, image = one.encode_image(pixels)
            r_t, text = one.encode_text(tokens)
            fused = one.fuse(r_v, r_t)
            for classifier, logits in (("image", image), ("text", text), ("fused", fused)):
                parts[name][classifier].append(softmax(logits, getattr(temperatures, classifier)))
    return {name: {key: np.concatenate(values) for key, values in one.items()} for name, one in parts.items()}


def image_inputs(model: anymood.Model, posts: list[anymood.Post], size: int) -> "Lazily":
    prepare = model.bundle.config.image.prepare
    return Lazily(posts, size, lambda group: np.stack([prepare(post.image) for post in group]))


def text_inputs(model: anymood.Model, posts: list[anymood.Post], size: int, *, sort: bool = True) -> "Lazily":
    preparation = model.bundle.text_preparation()
    ids = preparation.encode_batch(post.text or "" for post in posts)
    if sort:
        ids.sort(key=len)
    return Lazily(ids, size, preparation.pad)


class Lazily:
    """Batches of inputs, prepared on demand; a few inputs are cached, so that a timed round prepares none."""

    def __init__(self, items: list, size: int, make: Callable[[list], np.ndarray]) -> None:
        self._groups = [items[start : start + size] for start in range(0, len(items), size)]
        self._make, self._kept = make, {} if len(items) <= TEXTS else None

    def __iter__(self) -> Iterator[np.ndarray]:
        for index, group in enumerate(self._groups):
            if self._kept is None:
                yield self._make(group)
            else:
                if index not in self._kept:
                    self._kept[index] = self._make(group)
                yield self._kept[index]


def folded(model: anymood.Model, name: str, folder: Path) -> Path:
    """Write a graph with weights in float32, and with folded normalisation."""
    import onnxruntime

    path = folder / f"folded-{name}.pb"
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    onnxruntime.InferenceSession(model.bundle.path(name), options, providers=["CPUExecutionProvider"])
    return path


def quantise_in_blocks(model: anymood.Model, folder: Path) -> Path:
    """Write a graph of texts with int8 weights in blocks of 32, each with a scale; returns its folder."""
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

    logging.disable(logging.INFO)  # a line for each node
    made = folder / "blocks"
    made.mkdir()
    rounding = DefaultWeightOnlyQuantConfig(block_size=32, is_symmetric=True, accuracy_level=4, bits=8)
    quantizer = MatMulNBitsQuantizer(onnx.load(folded(model, TEXT_GRAPH, folder)), algo_config=rounding)
    quantizer.process()
    onnx.save(quantizer.model.model, made / TEXT_GRAPH)
    return made


def quantise(model: anymood.Model, posts: list[anymood.Post], folder: Path) -> Path:
    """Write int8 graphs of image and text, with QDQ nodes, per channel, calibrated on posts; returns their folder."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        def __init__(self, name: str, inputs: Lazily) -> None:
            self._inputs = ({name: one} for one in inputs)

        def get_next(self):
            return next(self._inputs, None)

    inputs = {
        IMAGE_GRAPH: ("pixels", image_inputs(model, posts, 1)),
        TEXT_GRAPH: ("tokens", text_inputs(model, posts, 1)),
    }
    kinds = {IMAGE_GRAPH: ["Conv", "Gemm", "MatMul", "Add", "Clip"], TEXT_GRAPH: ["MatMul", "Gemm"]}
    made = folder / "int8"
    made.mkdir()
    for name, data in inputs.items():
        quantize_static(
            folded(model, name, folder),
            made / name,
            Reader(*data),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=kinds[name],
            extra_options={"MatMulConstBOnly": True},
        )
    return made


if __name__ == "__main__":
    main()
