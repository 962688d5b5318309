import pytest
import torch

from anymood.network.classifier import Classifier
from anymood.network.fusion import Classifiers
from anymood.network.fusions import FUSIONS

D, POSTS, CLASSES = 12, 5, 3


@pytest.fixture
def make():
    """Makes a fusion of a name, with D units, drawn the same each time."""

    def made(name):
        torch.manual_seed(0)
        return FUSIONS.get(name)(D).eval()

    return made


@pytest.fixture
def classifiers():
    """Makes the classifiers that go with a fusion."""

    def made(fusion):
        torch.manual_seed(1)
        return Classifiers(*(Classifier(width, CLASSES, (7, 6)) for width in (D, D, fusion.width)))

    return made


@pytest.fixture
def pairs():
    """r_v and r_t (POSTS, D), none negative, as ReLU gives them."""
    torch.manual_seed(2)
    return torch.rand(POSTS, D), torch.rand(POSTS, D)
