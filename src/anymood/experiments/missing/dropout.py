"""Modality dropout."""

from anymood.experiments.missing import MISSING
from anymood.experiments.missing._single_task import TrainedWithMissing


@MISSING.register("dropout")
class ModalityDropout(TrainedWithMissing):
    """Modality dropout: the image or the text of some training posts is hidden.

    Neverova, Wolf, Taylor and Nebout (2016), "ModDrop: adaptive multi-modal gesture recognition". Hidden
    representations are replaced by zeros, in training and in prediction.
    """

    title = "SM with modality dropout: zeros, in training too for a third of the images and a third of the texts"
