"""Compare the bundled text encoder in 8 bits with the same encoder in float32.

    python recipes/int8.py runs/texts.parquet --text-folder runs/text_encoder

Prints the accuracy of the text classifiers on validation texts with each of them, and texts per second of CPU time.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
from numpy.typing import NDArray

from anymood.export.onnx import export_encoder
from anymood.network.pretrained_transformer import read_transformer
from anymood.network.text_encoders.transformer import TransformerTextEncoder
from anymood.preparation.text import TextPreparation
from anymood.runtime.bundle import TEXT_ENCODER, TEXT_GRAPH, Bundle
from anymood.runtime.engines.onnxruntime import session_options
from anymood.runtime.finding import find_bundle

SOURCES = {"sentiment": ("semeval", "xlmt_umsab"), "emotion": ("goemotions", "msed")}
LIMIT, BATCH = 2_000, 32


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", type=Path, help="the table of sources.py")
    parser.add_argument("--text-folder", type=Path, required=True, help="the encoder in float32")
    arguments = parser.parse_args()
    frame = pd.read_parquet(arguments.texts)
    frame = frame[(frame["split"] == "validation") & (frame["language"] != "hi")]
    with tempfile.TemporaryDirectory() as folder:
        float32 = Path(folder, TEXT_ENCODER)
        start = read_transformer(arguments.text_folder)
        encoder = TransformerTextEncoder(start.config)
        encoder.backbone.model.load_state_dict(start.weights)
        export_encoder(encoder.eval(), float32)
        for task, sources in SOURCES.items():
            bundle = Bundle.open(find_bundle(task))
            for source in sources:
                part = frame[(frame["task"] == task) & (frame["source"] == source)]
                part = part.sample(min(LIMIT, len(part)), random_state=0)
                compare(bundle, float32, source, part)


def compare(bundle: Bundle, float32: Path, source: str, texts: pd.DataFrame) -> None:
    """Print a line for a source."""
    preparation = bundle.text_preparation()
    tokens = [preparation.encode(text) for text in texts["text"]]
    truth = np.array([bundle.labels.index(label) for label in texts["label"]])
    classifier = session(bundle.path(TEXT_GRAPH))
    predictions, speeds = {}, {}
    for name, path in (("float32", float32), ("int8", bundle.path(TEXT_ENCODER))):
        started = time.process_time()
        pooled = encode(session(path), preparation, tokens)
        speeds[name] = len(tokens) / (time.process_time() - started)
        predictions[name] = classifier.run(["logits"], {"pooled": pooled})[0].argmax(axis=1)
    same = np.mean(predictions["float32"] == predictions["int8"])
    accuracies = ", ".join(
        f"{n} {np.mean(predictions[n] == truth):.2%} at {speeds[n]:.0f} texts/s" for n in predictions
    )
    print(f"{source}, {len(tokens):,} texts: {accuracies}; the same label for {same:.2%}")


def session(path: Path) -> onnxruntime.InferenceSession:
    """A session of a graph on one core."""
    return onnxruntime.InferenceSession(path, session_options(threads=1), providers=["CPUExecutionProvider"])


def encode(
    graph: onnxruntime.InferenceSession, preparation: TextPreparation, tokens: list[NDArray[np.int64]]
) -> NDArray[np.float32]:
    """Pooled values of texts, in batches of similar length."""
    order = np.argsort([len(ids) for ids in tokens])
    batches = (order[first : first + BATCH] for first in range(0, len(order), BATCH))
    parts = [graph.run(["pooled"], {"tokens": preparation.pad([tokens[i] for i in batch])})[0] for batch in batches]
    pooled = np.concatenate(parts)
    return pooled[np.argsort(order)]  # type: ignore[no-any-return]


if __name__ == "__main__":
    main()
