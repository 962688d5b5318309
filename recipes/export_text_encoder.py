"""Export the text encoder of the bundled models again, with the same weights, after a change of the exporter.

    python recipes/export_text_encoder.py runs/texts.parquet -o runs/exported

Writes all bundles of the package, for ``install.py``. Nothing is trained. The scales of activations are chosen on 1,500
training texts.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import nn

from anymood.export.onnx import export_encoder
from anymood.network.multitask import Architecture, MultitaskNetwork
from anymood.preparation.text import TextPreparation
from anymood.runtime.bundle import MODEL_CARD, TEXT_ENCODER, Bundle
from anymood.runtime.finding import find_bundle
from anymood.training.bundle_weights import graph_weights

TEXTS, BATCH = 1_500, 32


def main() -> None:
    """Export the encoder and write the bundles."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", type=Path, help="the table of sources.py")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a folder for the bundles")
    arguments = parser.parse_args()
    bundles = [Bundle.open(find_bundle(name)) for name in ("sentiment", "emotion", "sentiment-small")]
    with tempfile.TemporaryDirectory() as folder:
        encoder = Path(folder, TEXT_ENCODER)
        export(bundles[0], pd.read_parquet(arguments.texts), encoder)
        for bundle in bundles:
            files = {name: bundle.path(name) for name in bundle.config.files}
            files[MODEL_CARD] = bundle.folder / MODEL_CARD
            if TEXT_ENCODER in files:
                files[TEXT_ENCODER] = encoder
            Bundle.write(arguments.output / bundle.name, bundle.config, files, replace=True)


def export(bundle: Bundle, texts: pd.DataFrame, file: Path) -> None:
    """Export the text encoder of a bundle in 8 bits."""
    network = MultitaskNetwork(Architecture.from_dict(dict(bundle.config.architecture)))
    network.image_encoder.backbone = nn.Identity()
    weights = {name: values for name, values in graph_weights(bundle) if name.startswith("text_encoder.")}
    missing = network.load_state_dict(weights, strict=False).missing_keys
    if any(name.startswith("text_encoder.backbone.") for name in missing):
        raise SystemExit(f"{bundle.path(TEXT_ENCODER)} lacks weights: {', '.join(missing)}")
    export_encoder(network.text_encoder.eval(), file, calibration=calibration(texts, bundle.text_preparation()))


def calibration(texts: pd.DataFrame, preparation: TextPreparation) -> list[NDArray[np.int64]]:
    """Token ids (B, T) of training texts of all sources."""
    drawn = texts.loc[texts["split"] == "train", "text"].sample(TEXTS, random_state=0)
    tokens = [row for row in preparation.encode_batch(drawn) if len(row)]
    return [preparation.pad(tokens[first : first + BATCH]) for first in range(0, len(tokens), BATCH)]


if __name__ == "__main__":
    main()
