"""One way into every kind of labelled data: a table by its suffix, a folder by what lies in it."""

from collections.abc import Callable
from os import PathLike
from pathlib import Path

from anymood.datasets.corpus import Corpus
from anymood.datasets.flickr_emotion import is_flickr_emotion, read_flickr_emotion
from anymood.datasets.goemotions import is_goemotions, read_goemotions
from anymood.datasets.labelled_table import read_table
from anymood.datasets.msed import is_msed, read_msed
from anymood.datasets.mvsa import is_mvsa, read_mvsa
from anymood.datasets.semeval import is_semeval, read_semeval, semeval_files
from anymood.datasets.vso import is_vso, read_vso
from anymood.errors import TableError
from anymood.files import is_folder
from anymood.labels import LabelSet
from anymood.tables.columns import DEFAULT_COLUMNS, Columns
from anymood.tables.lines import require_file

NO_PROTOCOL = (
    "has no protocol and no folds, as the folders of MVSA and MSED have. Leave both out; for anymood reproduce, call "
    "the data 'table'."
)
# Data without protocols that are told by the layout of their folders.
OTHERS: tuple[tuple[Callable[[Path], object], Callable[[Path], Corpus]], ...] = (
    (is_flickr_emotion, read_flickr_emotion),
    (is_vso, read_vso),
    (is_goemotions, read_goemotions),
    (semeval_files, read_semeval),
)


def open_corpus(
    source: str | PathLike[str],
    labels: LabelSet | None = None,
    columns: Columns = DEFAULT_COLUMNS,
    protocol: str | None = None,
    fold: int | None = None,
) -> Corpus:
    """Read labelled posts from wherever they are.

    Args:
        source: a table (``read_table`` says which kinds), a folder with MVSA, MSED, Flickr
            Emotion, VSO, GoEmotions or SemEval tweets, or one file of SemEval tweets.
        labels: the labels to index; None takes those of the data.
        columns: the names of a table's columns.
        protocol: ``clmlf`` or ``ten_folds`` of MVSA, ``deduplicated`` of MSED.
        fold: which fold, for a protocol that has folds.

    Raises:
        TableError: nothing that can be read is there, or something in it cannot be used.
        MissingExtra: the table is Parquet, and pyarrow is not installed.
    """
    path = Path(source)
    if is_folder(path):
        corpus = _folder(path, protocol, fold)
    else:
        require_file(path)
        if protocol is not None or fold is not None:
            raise TableError(f"{path} {NO_PROTOCOL}")
        if not is_semeval(path):
            return read_table(path, labels, columns)
        corpus = read_semeval(path)
    return corpus if labels is None else corpus.with_labels(labels)


def _folder(path: Path, protocol: str | None, fold: int | None) -> Corpus:
    """Read the corpus whose layout a folder has."""
    if is_mvsa(path):
        return read_mvsa(path, protocol, fold)
    if is_msed(path):
        if fold is not None:
            raise TableError(f"{path} has no folds. Leave out fold {fold}.")
        return read_msed(path, protocol)
    for is_kind, read in OTHERS:
        if is_kind(path):
            if protocol is not None or fold is not None:
                raise TableError(f"{path} {NO_PROTOCOL}")
            return read(path)
    raise TableError(
        f"{path} is a folder of no kind that is known. Known are: MVSA (labelResultAll.txt and data/), MSED "
        "(train/train.csv, dev/dev.csv, test/test.csv), Flickr Emotion (agg/*.csv), VSO (3244ANPs.txt and "
        "bi_concepts1553/), GoEmotions (train.tsv, dev.tsv, test.tsv, labels.txt) and SemEval (tab-separated files of "
        "an id, a label and a text). Any other data go in a table: CSV, TSV, JSON Lines or Parquet with the columns "
        "text, image and label."
    )
