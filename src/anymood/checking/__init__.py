"""Checks of a labelled table before training: labels, duplicates, images, long texts, probable label errors."""

from anymood.checking.check import check_table
from anymood.checking.findings import Check, Finding, RowExample

__all__ = ["Check", "Finding", "RowExample", "check_table"]
