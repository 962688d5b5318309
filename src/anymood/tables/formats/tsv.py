"""TSV: CSV with tabs between the cells."""

from anymood.tables.formats.csv import Csv, CsvWriter
from anymood.tables.registry import register


class TsvWriter(CsvWriter):
    """CSV with tabs between the cells."""

    suffix = ".tsv"
    delimiter = "\t"


@register
class Tsv(Csv):
    """Tab-separated values."""

    name = "tsv"
    description = "CSV with tabs between the cells"
    suffixes = (".tsv",)
    writer = TsvWriter
    delimiter = "\t"
