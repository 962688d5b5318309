"""Readers of corpora: their base class, and the registry of them."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from anymood.datasets import corpora
from anymood.datasets.corpus import Corpus
from anymood.registry import Registry


class CorpusReader(ABC):
    """Reads one corpus in the layout in which it is published.

    Derive your own reader from this class, and register it with the decorator ``anymood.datasets.register``.

    Attributes:
        name: the name it is registered under.
        title: name of the corpus.
        layout: the files by which it is recognised, for messages.
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
