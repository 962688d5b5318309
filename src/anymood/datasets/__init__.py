"""Reads labelled posts, from tables and published corpora, as a ``Corpus``."""

from anymood.datasets.corpus import SENTIMENT, Corpus, Example, Split, presence
from anymood.datasets.labelled_table import read_table
from anymood.datasets.reader import CorpusReader, open_corpus, register

__all__ = [
    "SENTIMENT",
    "Corpus",
    "CorpusReader",
    "Example",
    "Split",
    "open_corpus",
    "presence",
    "read_table",
    "register",
]
