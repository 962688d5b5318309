"""Zeros."""

from anymood.experiments.missing import MISSING
from anymood.experiments.missing._single_task import SingleTask


@MISSING.register("zeros")
class Zeros(SingleTask):
    """A missing representation is replaced by zeros, as in the paper's SM_I and SM_T."""

    title = "SM, with zeros for the missing representation"
