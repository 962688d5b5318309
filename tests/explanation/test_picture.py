import numpy as np
from PIL import Image

from anymood.explanation.explain import explain
from anymood.explanation.picture import AGAINST, FOR, draw, with_overlay
from anymood.explanation.values import RegionEffects

GREY = Image.new("RGB", (100, 50), (128, 128, 128))


def test_regions_are_blue_for_the_label_and_orange_against_it():
    regions = RegionEffects((0.25, 0, 0.75, 1), ((0.2, -0.1),), "occlusion")
    shown = np.asarray(with_overlay(GREY, regions, 200), int)
    assert shown.shape == (100, 200, 3)
    assert (shown[:, :50] == 128).all()
    assert (shown[:, 150:] == 128).all()
    supporting, opposing = shown[50, 60], shown[50, 140]
    assert np.abs(supporting - FOR).sum() < np.abs(supporting - AGAINST).sum()
    assert np.abs(opposing - AGAINST).sum() < np.abs(opposing - FOR).sum()


def test_an_image_without_effects_stays_as_it_is():
    regions = RegionEffects((0, 0, 1, 1), ((0.0, 0.0),), "feature map")
    assert (np.asarray(with_overlay(GREY, regions, 100)) == 128).all()


def test_words_are_shaded(model):
    shown = np.asarray(draw(explain("love awful", model=model, label="positive")), int).reshape(-1, 3)
    for colour in (FOR, AGAINST):
        assert (np.abs(shown - colour).sum(axis=1) == 0).any()
