"""Reads labelled data: a table by its suffix, a corpus by the layout of its folder or file."""

from abc import ABC, abstractmethod
from os import PathLike
from pathlib import Path
from typing import ClassVar

from anymood.datasets import corpora
from anymood.datasets.corpus import Corpus
from anymood.datasets.labelled_table import read_table
from anymood.errors import TableError
from anymood.files import is_folder
from anymood.labels import LabelSet, require_label_set
from anymood.registry import Registry
from anymood.tables.columns import DEFAULT_COLUMNS, Columns
from anymood.tables.lines import require_file, table_path

NO_PROTOCOL = (
    "has no protocol and no folds, unlike the folders of MVSA and MSED. Leave both out; for anymood reproduce, the "
    "data set is 'table'."
)


class CorpusReader(ABC):
    """Reads one corpus in the layout in which it is published.

    Derive your own reader from this class, and register it with the decorator ``anymood.datasets.register``.

    Attributes:
        name: the name it is registered under.
        title: name of the corpus.
        layout: the files of the corpus, for messages.
        has_protocols: whether ``read`` supports protocols.
        has_folds: whether ``read`` supports folds.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    layout: ClassVar[str]
    has_protocols: ClassVar[bool] = False
    has_folds: ClassVar[bool] = False

    @abstractmethod
    def recognises(self, path: Path) -> bool:
        """Whether a folder or a file is this corpus, by names and first lines."""

    @abstractmethod
    def read(self, path: Path, protocol: str | None = None, fold: int | None = None) -> Corpus:
        """Read the corpus.

        Args:
            path: the folder or file.
            protocol: name of a protocol; None for the whole corpus.
            fold: number of a fold, for protocols with folds.

        Raises:
            TableError: no post can be used, or there is no such protocol or fold.
        """


CORPORA: Registry[CorpusReader] = Registry("reader of corpora", "anymood.corpora", corpora.__name__)
register = CORPORA.register_instance


def open_corpus(
    source: str | PathLike[str],
    labels: LabelSet | None = None,
    columns: Columns = DEFAULT_COLUMNS,
    *,
    protocol: str | None = None,
    fold: int | None = None,
    image_folder: str | PathLike[str] | None = None,
) -> Corpus:
    """Read a table or a corpus of labelled posts.

    Args:
        source: a table (see ``read_table``), or the folder or file of a corpus: MVSA, MSED, Flickr
            Emotion, VSO, GoEmotions, SemEval tweets, or one whose reader was registered.
        labels: the label set of the result; by default that of the data.
        columns: the names of a table's columns.
        protocol: ``clmlf`` or ``ten_folds`` of MVSA, ``deduplicated`` of MSED.
        fold: number of the fold, for protocols with folds.
        image_folder: folder that relative paths of images in a table refer to; by default that of the table.

    Raises:
        SettingError: the folder of images does not exist, or an argument has another type.
        TableError: the source does not exist, cannot be read, or has no posts that can be used.
        MissingExtra: the table is Parquet, and pyarrow is not installed.
    """
    path = table_path(source)
    if labels is not None:
        require_label_set(labels)
    is_corpus = is_folder(path)
    if not is_corpus:
        require_file(path)
    reader = reader_of(path)
    if reader is None and is_corpus:
        raise TableError(_unknown(path))
    if (protocol is not None or fold is not None) and (reader is None or not reader.has_protocols):
        raise TableError(f"{path} {NO_PROTOCOL}")
    if reader is None:
        return read_table(path, labels, columns, image_folder=image_folder)
    if fold is not None and not reader.has_folds:
        raise TableError(f"{path} has no folds. Leave out fold {fold}.")
    corpus = reader.read(path, protocol, fold)
    return corpus if labels is None else corpus.with_labels(labels)


def reader_of(path: Path) -> CorpusReader | None:
    """The reader that recognises a folder or a file, None if there is none; the user's own readers come first."""
    readers = sorted(CORPORA.all().values(), key=lambda reader: type(reader).__module__.startswith(corpora.__name__))
    return next((reader for reader in readers if reader.recognises(path)), None)


def _unknown(path: Path) -> str:
    """The error message for a folder that no reader recognises."""
    *known, last = sorted(f"{reader.title} ({reader.layout})" for reader in CORPORA.all().values())
    return (
        f"{path} is not the folder of a known corpus. Known: {', '.join(known)} and {last}. Other data must "
        "be in a table: CSV, TSV, JSON Lines or Parquet with the columns text, image and label."
    )
