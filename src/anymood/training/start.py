"""A trained model to go on from: its bundle says how to build the network, and its graphs hold the weights."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from anymood.errors import BundleError, SettingError
from anymood.labels import LabelSet
from anymood.network.multitask import Architecture, MultitaskNetwork
from anymood.runtime.bundle import FUSION_GRAPH, IMAGE_GRAPH, TEXT_GRAPH, Bundle
from anymood.runtime.finding import find_bundle
from anymood.runtime.graphs import BundleGraphs
from anymood.training.config import Recipe

# Names of the network's parts by their names in a graph.
NETWORK_NAMES = {
    IMAGE_GRAPH: {"encoder": "image_encoder", "classifier": "image_classifier"},
    TEXT_GRAPH: {"encoder": "text_encoder", "classifier": "text_classifier"},
    FUSION_GRAPH: {"classifier": "fused_classifier"},
}
TOLERANCE = 1e-3  # of representations, which are of the order of 1


def open_start(recipe: Recipe) -> Bundle | None:
    """The bundle that a recipe starts from, None for a recipe that starts anew.

    Raises:
        SettingError: there is no such model.
        BundleError: it cannot be read.
    """
    return None if recipe.start_from is None else Bundle.open(find_bundle(recipe.start_from))


def follow(recipe: Recipe) -> Recipe:
    """The recipe with the encoders of the model that it starts from."""
    bundle = open_start(recipe)
    if bundle is None:
        return recipe
    architecture = Architecture.from_dict(dict(bundle.config.architecture))
    encoders = {"image_encoder": architecture.image_encoder, "text_encoder": architecture.text_encoder}
    return Recipe.from_dict(recipe.to_dict() | encoders)


def start_network(bundle: Bundle, recipe: Recipe, labels: LabelSet) -> MultitaskNetwork:
    """The network of a bundle with its weights; the classifiers' last layers begin anew where the labels differ.

    Raises:
        SettingError: the graphs do not hold what such a network needs, as those that anymood writes do.
    """
    described = Architecture.from_dict(dict(bundle.config.architecture))
    settings = dict(described.text_settings)
    if "dropout" in settings:
        settings["dropout"] = recipe.embedding_dropout
    network = MultitaskNetwork(
        replace(
            described,
            classes=len(labels),
            text_settings=settings,
            dropout=recipe.classifier_dropout,
            modality_heads=recipe.alpha.modality > 0,
        )
    )
    weights = dict(graph_weights(bundle))
    begun = set[str]()
    if bundle.labels != labels:
        last = f"_classifier.{len(network.fused_classifier) - 1}."
        begun = {name for name in network.state_dict() if last in name}
        weights = {name: weight for name, weight in weights.items() if name not in begun}
    try:
        lacking = network.load_state_dict(weights, strict=False).missing_keys
        if any(name.startswith("fused_classifier.") and name not in begun for name in lacking):
            raise RuntimeError("its fusion graph holds weights under names that are not known")
        _compare(network, bundle)
    except (RuntimeError, BundleError) as error:
        raise SettingError(f"Training cannot go on from {bundle.folder}: {error}") from error
    return network


def graph_weights(bundle: Bundle) -> Iterator[tuple[str, Tensor]]:
    """Names in the network, and tensors in float32, of all weights in a bundle's graphs.

    They have the network's own names, but for linear layers over tokens: these are products with their transposed
    weights, without a name, to which a bias with one is added.
    """
    for file, parts in NETWORK_NAMES.items():
        graph = onnx.load(bundle.folder / file).graph
        tensors = {tensor.name.removesuffix(".half"): tensor for tensor in graph.initializer}
        products = {node.output[0]: node.input[1] for node in graph.node if node.op_type == "MatMul"}
        linear = {}
        for node in graph.node:
            for product, other in (node.input, node.input[::-1]) if node.op_type == "Add" else ():
                if product in products and other.endswith(".bias"):
                    linear[products[product]] = other.removesuffix("bias") + "weight"
        for name, tensor in tensors.items():
            values = np.array(numpy_helper.to_array(tensor))
            named = linear.get(name, name)
            part, _, rest = named.partition(".")
            if part in parts and values.dtype.kind == "f":
                weights = np.ascontiguousarray(values if named == name else values.T, np.float32)
                yield f"{parts[part]}.{rest}", torch.from_numpy(weights)


@torch.inference_mode()
def _compare(network: MultitaskNetwork, bundle: Bundle) -> None:
    """See that both encoders give what the graphs give.

    Raises:
        RuntimeError: they do not.
    """
    network.eval()
    graphs = BundleGraphs(bundle, threads=1, engine="onnxruntime")
    side = bundle.config.image.side
    rng = np.random.default_rng(0)
    pixels = rng.standard_normal((1, 3, side, side), np.float32)
    preparation = bundle.text_preparation()
    words = np.delete(np.arange(preparation.tokenizer.get_vocab_size()), preparation.pad_id)
    tokens = rng.choice(words, (1, 8))
    found = (network.encode_image(torch.from_numpy(pixels)), network.encode_text(torch.from_numpy(tokens)))
    for what, mine, theirs in zip(
        ("image", "text"), found, (graphs.encode_image(pixels), graphs.encode_text(tokens)), strict=True
    ):
        if not np.abs(mine.numpy() - theirs[0]).max() <= TOLERANCE * max(1.0, np.abs(theirs[0]).max()):
            raise RuntimeError(f"its {what} graph holds weights under names that are not known")
