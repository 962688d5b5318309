"""Train another teacher of English sentiments: all-mpnet-base-v2 with its upper four layers tuned on English texts.

    python recipes/train_teacher.py runs/texts.parquet -o runs/teacher

Writes a run folder with ``answers.parquet``: the id of each English text that it was not trained on (those with labels
of emotions and those without labels) and a probability for each label, at equal label shares, for
``tune_upper_layers.py --teacher``. Predictions of texts that it was trained on would mostly repeat their labels. Needs
``pip install '.[train,mpnet]'``.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from train_bundles import drawn, examples

import anymood
from anymood.datasets.corpus import SENTIMENT
from anymood.posts import Post
from anymood.runtime.bundle import Bundle
from anymood.training.config import Recipe
from anymood.training.data_sources import TrainingData
from anymood.training.run import train

CAPS = {"tweet_extraction": 14_000, "us_airlines": 7_000}  # texts of a source at most
OWN = "contrast"  # left out: the labels of these sentences are right


def main() -> None:
    """Train the teacher, and write its predictions."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("table", type=Path, help="what sources.py wrote")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, required=True, help="the run folder")
    arguments = parser.parse_args()
    frame = pd.read_parquet(arguments.table)
    english = frame[(frame["language"] == "en") & (frame["source"] != OWN)]
    frame = english[english["task"] == "sentiment"]
    to_predict = english[
        (english["split"] == "unlabelled") | (english["task"] == "emotion") & (english["split"] == "train")
    ]
    rng = np.random.default_rng(arguments.seed)
    training = frame[frame["split"] == "train"]
    training = pd.concat([drawn(rows, CAPS.get(source, len(rows)), rng) for source, rows in training.groupby("source")])
    validation = frame[frame["split"] == "validation"]
    bundle = tune(training, validation, arguments.seed, arguments.output)
    model = anymood.load(bundle.folder, threads=1, prior={label: 1 / len(SENTIMENT) for label in SENTIMENT})
    values = [prediction.text.values for prediction in model.predict_many(Post(text) for text in to_predict["text"])]
    answers = pd.DataFrame(values, columns=list(SENTIMENT)).assign(id=to_predict["id"].to_numpy())
    answers.to_parquet(arguments.output / "answers.parquet")


def tune(training: pd.DataFrame, validation: pd.DataFrame, seed: int, folder: Path) -> Bundle:
    """Tune the upper four layers of mpnet on texts with sentiments, in one pass, in a run folder."""
    recipe = Recipe(
        text_encoder="transformer",
        text_folder="mpnet",
        tuned_text_layers=4,
        tuned_image_stages=0,
        cache_frozen_layers=True,
        classifier_dropout=0.1,
        max_tokens=96,
        epochs=1,
        batch_size=32,
        text_learning_rate=4e-5,
        label_offsets=True,
        select_by="macro_f1",
        seed=seed,
        threads=1,
    )
    posts = TrainingData(SENTIMENT, tuple(examples(training, SENTIMENT)), tuple(examples(validation, SENTIMENT)), ())
    return train(posts, recipe, folder)


if __name__ == "__main__":
    main()
