"""Read the training corpora of the bundled text encoder into one table.

Columns: id, text (cleaned), label, task (sentiment or emotion), source, language, split. A text in the test part of any
corpus is in no training or validation part, and a text in a validation part is in no training part. Texts of the part
"unlabelled" have no label.
"""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import contrast
import numpy as np
import pandas as pd
from releases import releases

from anymood.datasets.corpus import EMOTION, SENTIMENT, Corpus
from anymood.datasets.reader import open_corpus
from anymood.preparation.cleaning import LINK, USER, clean

LABELS = {"sentiment": SENTIMENT, "emotion": EMOTION}  # of the two tasks
PROTOCOLS = {"sentiment": "clmlf", "emotion": "deduplicated"}  # of their pairs: MVSA and MSED
TEST = 4_000  # test tweets of SemEval, drawn with seed 0
VALIDATION = 2_000  # others, to choose settings
# A text that is in several parts is kept in the one with the lowest number.
PART_ORDER = {"test": 0, "contrast": 0, "validation": 1, "contrast_validation": 1, "train": 2, "unlabelled": 3}

# EmoEvent's classes. "others" is neutral; surprise is not one of our labels.
EMOEVENT = {
    "others": "neutral",
    "joy": "happiness",
    "anger": "anger",
    "sadness": "sadness",
    "disgust": "disgust",
    "fear": "fear",
}
# Six of SemEval-2018's eleven emotions. A tweet is used if exactly one of our labels follows from its emotions.
SEMEVAL2018 = {
    "anger": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "joy": "happiness",
    "love": "happiness",
    "sadness": "sadness",
}
# Parts of TweetEval whose training tweets are read without labels.
TWEETEVAL = {"abortion", "atheism", "climate", "emoji", "feminist", "hate", "hillary", "irony", "offensive"}


def main() -> None:
    """Read, clean, and write one table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name in ("semeval", "general", "mvsa", "goemotions", "msed", "emoevent", "semeval2018", "tweeteval"):
        parser.add_argument(f"--{name}", type=Path, required=True, help="folder of the release")
    parser.add_argument("--releases", type=Path, required=True, help="folder with a folder for each of releases.toml")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a Parquet file")
    arguments = parser.parse_args()
    rows = [
        *semeval(arguments.semeval),
        *general(arguments.general),
        *own_labels_of_texts(open_corpus(arguments.mvsa, protocol=PROTOCOLS["sentiment"])),
        *of_corpus(open_corpus(arguments.goemotions), "goemotions", "emotion"),
        *of_corpus(open_corpus(arguments.msed, protocol=PROTOCOLS["emotion"]), "msed", "emotion"),
        *emoevent(arguments.emoevent),
        *semeval2018(arguments.semeval2018),
        *releases(arguments.releases),
        *contrast.rows(),
        *tweeteval(arguments.tweeteval),
    ]
    frame = pd.DataFrame(rows)
    frame["text"] = [clean(text) for text in frame["text"]]
    frame = without_repeats(frame)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(arguments.output)
    print(frame.groupby(["task", "source", "split"]).size().unstack(fill_value=0).to_string())


def of_corpus(corpus: Corpus, source: str, task: str) -> Iterator[dict[str, str]]:
    """Texts of a corpus with their posts' labels."""
    for example in corpus.examples:
        if example.post.text:
            label, split = corpus.labels.names[example.label], example.split or "train"
            yield _row(f"{source}/{example.post.id}", example.post.text, label, task, source, "en", split)


def own_labels_of_texts(corpus: Corpus) -> Iterator[dict[str, str]]:
    """Texts of MVSA with the labels of the text alone."""
    for example in corpus.examples:
        if example.post.text and example.text_label is not None:
            label = corpus.labels.names[example.text_label]
            split = example.split or "train"
            yield _row(f"mvsa/{example.post.id}", example.post.text, label, "sentiment", "mvsa_text", "en", split)


def semeval(folder: Path) -> Iterator[dict[str, str]]:
    """SemEval's tweets, divided at random (seed 0) into test, validation and training tweets."""
    rows = sorted(of_corpus(open_corpus(folder), "semeval", "sentiment"), key=lambda row: int(row["id"].split("/")[1]))
    for place, index in enumerate(np.random.default_rng(0).permutation(len(rows))):
        part = "test" if place < TEST else "validation" if place < TEST + VALIDATION else "train"
        yield rows[index] | {"split": part}


def general(folder: Path) -> Iterator[dict[str, str]]:
    """Tables with the columns text, label, split, source and language."""
    for name in ("english", "other_languages"):
        frame = pd.read_csv(folder / f"{name}.csv").dropna(subset=["text"])
        for number, row in enumerate(frame.itertuples(index=False)):
            yield _row(f"{name}/{number}", row.text, row.label, "sentiment", row.source, row.language, row.split)


def emoevent(folder: Path) -> Iterator[dict[str, str]]:
    """EmoEvent (Plaza-del-Arco et al. 2020), English and Spanish."""
    for language in ("en", "es"):
        for part, split in (("train", "train"), ("dev", "validation"), ("test", "test")):
            if (language, part) == ("es", "test"):
                continue  # in the file of the whole release, only 184 of 569 of these tweets have the same label
            path = folder / "splits" / language / f"{part}.tsv"
            for row in pd.read_csv(path, sep="\t", quoting=csv.QUOTE_NONE).itertuples(index=False):
                if row.emotion in EMOEVENT:
                    text = str(row.tweet).replace("USER", USER).replace("HASHTAG", "")
                    label = EMOEVENT[row.emotion]
                    yield _row(f"emoevent/{language}/{row.id}", text, label, "emotion", "emoevent", language, split)


def semeval2018(folder: Path) -> Iterator[dict[str, str]]:
    """SemEval-2018 task 1 (Mohammad et al. 2018), English tweets with exactly one of the six emotions, or none."""
    files = {"train": "E-c-En-train.txt", "validation": "E-c-En-dev.txt", "test": "E-c-En-test-gold.txt"}
    for split, name in files.items():
        frame = pd.read_csv(folder / "datasets" / "task1" / "E-c" / name, sep="\t", quoting=csv.QUOTE_NONE)
        for _, row in frame.iterrows():
            is_on = frame.columns[2:][row.iloc[2:].to_numpy(dtype=int) == 1]
            labels = {SEMEVAL2018[emotion] for emotion in is_on if emotion in SEMEVAL2018} or (
                {"neutral"} if not len(is_on) else set()
            )
            if len(labels) == 1:
                key, [label] = f"semeval2018/{row['ID']}", labels
                yield _row(key, row["Tweet"], label, "emotion", "semeval2018_emotion", "en", split)


def tweeteval(folder: Path) -> Iterator[dict[str, str]]:
    """Tweets of TweetEval (Barbieri et al. 2020) without their labels, which are hate, irony, stance and so on."""
    for file in sorted((folder / "datasets").rglob("train_text.txt")):
        name = file.parent.name
        if name in TWEETEVAL:
            for number, text in enumerate(file.read_text("utf-8").splitlines()):
                yield _row(f"tweeteval/{name}/{number}", text, "", "sentiment", "tweeteval", "en", "unlabelled")


def annotated_by(frame: pd.DataFrame) -> pd.Series:
    """The source of each row, with the language for AfriSenti and UMSAB's Hindi, which were labelled separately."""
    separate = (frame["source"] == "afrisenti") | (frame["language"] == "hi")
    return frame["source"].where(~separate, frame["source"] + "/" + frame["language"])


def without_repeats(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows without texts that are also in a part before theirs (``PART_ORDER``), or repeated in the training part.

    Texts are compared without links, user names, punctuation and case. Our own sentences are kept in all their forms.
    """
    signs = rf"{LINK}|{USER}|\W+"
    key = frame["text"].str.replace(signs, " ", regex=True).str.lower().str.split().str.join(" ")
    rank = frame["split"].map(PART_ORDER)
    is_first = (key != "") & (rank == rank.groupby(key).transform("min"))
    repeated = pd.DataFrame({"key": key, "task": frame["task"], "split": frame["split"]}).duplicated()
    repeated &= (frame["split"] == "train") & (frame["source"] != contrast.SOURCE)
    return frame[is_first & ~repeated].reset_index(drop=True)


def _row(key: str, text: str, label: str, task: str, source: str, language: str, split: str) -> dict[str, str]:
    values = (key, text, label, task, source, language, split)
    return dict(zip(("id", "text", "label", "task", "source", "language", "split"), values, strict=True))


if __name__ == "__main__":
    main()
