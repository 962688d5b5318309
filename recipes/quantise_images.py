"""Quantise the image encoder of the bundled models to 8 bits, and resample their images by a faster filter.

    python recipes/quantise_images.py --sentiment mvsa_single --emotion MSED -o runs/int8

The scales are chosen on training images of both corpora. Writes a bundle for each task, for ``install.py``, and prints
the accuracy of the image classifier and of the fused one on validation pairs before and after, and with ``--test`` also
on test pairs.
"""

import argparse
import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import onnx
from sources import LABELS, PROTOCOLS

import anymood
from anymood.datasets.corpus import Corpus
from anymood.datasets.reader import open_corpus
from anymood.export.onnx import quantise
from anymood.runtime.bundle import IMAGE_ENCODER, MODEL_CARD, Bundle
from anymood.runtime.finding import find_bundle
from anymood.training.features import sample_images

FILTER = "bilinear"


def main() -> None:
    """Write the bundles and compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for task in LABELS:
        parser.add_argument(f"--{task}", type=Path, required=True, help="the pairs of this task")
    parser.add_argument("--test", action="store_true", help="look at the test parts")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a folder for the bundles")
    arguments = parser.parse_args()
    corpora = {
        task: open_corpus(getattr(arguments, task), labels, protocol=PROTOCOLS[task]) for task, labels in LABELS.items()
    }
    bundles = {task: Bundle.open(find_bundle(task)) for task in LABELS}
    with tempfile.TemporaryDirectory() as folder:
        encoder = Path(folder, IMAGE_ENCODER)
        export(bundles, corpora, encoder)
        for task, bundle in bundles.items():
            image = dataclasses.replace(bundle.config.image, interpolation=FILTER)
            files = {name: bundle.path(name) for name in bundle.config.files} | {IMAGE_ENCODER: encoder}
            files[MODEL_CARD] = bundle.folder / MODEL_CARD
            config = dataclasses.replace(bundle.config, image=image)
            Bundle.write(arguments.output / task, config, files, replace=True)
    for task, corpus in corpora.items():
        for part in ("validation", "test") if arguments.test else ("validation",):
            compare(bundles[task].folder, arguments.output / task, corpus, part)


def export(bundles: dict[str, Bundle], corpora: dict[str, Corpus], file: Path) -> None:
    """Write the encoder that the bundles share in 8 bits."""
    batches = []
    for task, bundle in bundles.items():
        preparation = dataclasses.replace(bundle.config.image, interpolation=FILTER)
        batches += sample_images(corpora[task].select("train").examples, preparation)
    model = onnx.load(bundles["sentiment"].path(IMAGE_ENCODER))
    r2 = quantise(model, batches)
    print(f"R^2 of the features on {sum(map(len, batches))} training images: {r2:.4f}")
    onnx.save(model, file)


def compare(before: Path, after: Path, corpus: Corpus, part: str) -> None:
    """Print the accuracies on the pairs of a part, and the share of equal labels."""
    examples = corpus.select(part).examples
    labels = list(corpus.labels)
    truth = np.array([labels[example.label] for example in examples])
    predicted: dict[str, list[np.ndarray]] = {"image": [], "fused": []}
    for folder in (before, after):
        model = anymood.load(folder, threads=1, engine="onnxruntime")
        predictions = list(model.predict_many(example.post for example in examples))
        for name, each in predicted.items():
            scores = [getattr(prediction, name) for prediction in predictions]
            each.append(np.array([None if score is None else score.label for score in scores]))
    for name, (old, new) in predicted.items():
        right = ", ".join(f"{np.mean(each == truth):.2%}" for each in (old, new))
        print(
            f"{corpus.name} {part}, {len(truth)} pairs, {name}: accuracy {right}; same label {np.mean(old == new):.2%}"
        )


if __name__ == "__main__":
    main()
