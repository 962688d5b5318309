"""Labelled posts: tables and published corpora in, ``Corpus`` out."""

from anymood.datasets.columns import Columns
from anymood.datasets.corpus import SENTIMENT, Corpus, Example, RowProblem, Split, presence
from anymood.datasets.opening import open_corpus
from anymood.datasets.table import Row, read_rows, read_table

__all__ = [
    "SENTIMENT",
    "Columns",
    "Corpus",
    "Example",
    "Row",
    "RowProblem",
    "Split",
    "open_corpus",
    "presence",
    "read_rows",
    "read_table",
]
