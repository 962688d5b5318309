"""Tables of posts: CSV, TSV, JSON Lines and Parquet, read row by row."""

from anymood.tables.columns import Columns
from anymood.tables.rows import Row, read_rows

__all__ = ["Columns", "Row", "read_rows"]
