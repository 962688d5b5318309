"""Change the prior of a bundle, the label shares that its classifiers assume, by Bayes' theorem.

    python recipes/set_prior.py runs/sentiment negative=0.355,neutral=0.29,positive=0.355 -o runs/sentiment_prior

With label offsets, the classifiers assume the mean of the log shares over the sources, so that sources without neutral
posts lower the share of neutral. For a classifier with temperature T, T log(new share / old share) is added to the bias
of its last layer, which multiplies the probabilities by the ratio of the shares.
"""

import argparse
import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from anymood.runtime.bundle import FUSION_GRAPH, IMAGE_GRAPH, QUANTIFICATION, TEXT_GRAPH, Bundle
from anymood.runtime.finding import find_bundle
from anymood.runtime.prior import checked_prior, parse_prior

GRAPHS = {"image": IMAGE_GRAPH, "text": TEXT_GRAPH, "fused": FUSION_GRAPH}


def main() -> None:
    """Write a bundle with the prior."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("bundle", help="a bundle or a run folder")
    parser.add_argument("prior", help="a share for each label")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a folder for the bundle")
    arguments = parser.parse_args()
    bundle = Bundle.open(find_bundle(arguments.bundle))
    prior = checked_prior(parse_prior(arguments.prior), bundle)
    # The errors in quantification.json are those of the classifiers before.
    files = {name: bundle.path(name) for name in bundle.config.files if name != QUANTIFICATION}
    with tempfile.TemporaryDirectory() as folder:
        for classifier, graph in GRAPHS.items():
            model = onnx.load(bundle.path(graph))
            [bias] = [tensor for tensor in model.graph.initializer if tensor.name == last_bias(model)]
            ratios = np.array([prior[label] / bundle.config.prior[label] for label in bundle.labels])
            shifted = numpy_helper.to_array(bias) + getattr(bundle.config.temperatures, classifier) * np.log(ratios)
            bias.CopyFrom(numpy_helper.from_array(shifted.astype(np.float32), bias.name))
            files[graph] = Path(folder, graph)
            onnx.save(model, files[graph])
        Bundle.write(arguments.output, dataclasses.replace(bundle.config, prior=prior), files, replace=True)


def last_bias(model: onnx.ModelProto) -> str:
    """Name of the bias of the classifier's last layer."""
    names = [tensor.name for tensor in model.graph.initializer]
    biases = [name for name in names if name.startswith("classifier.") and name.endswith(".bias")]
    return max(biases, key=lambda name: int(name.split(".")[1]))


if __name__ == "__main__":
    main()
