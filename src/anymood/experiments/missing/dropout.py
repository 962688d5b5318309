"""Modality dropout."""

from anymood.experiments.missing import MISSING
from anymood.experiments.missing._single_task import HidesSome


@MISSING.register("dropout")
class ModalityDropout(HidesSome):
    """In training, the image or the text of some posts is hidden, as in ModDrop.

    Neverova, Wolf, Taylor and Nebout (2016), "ModDrop: adaptive multi-modal gesture recognition": zeros
    stand for what is hidden, in training as in use.
    """

    title = "SM with modality dropout: zeros, in training too for a third of the images and a third of the texts"
