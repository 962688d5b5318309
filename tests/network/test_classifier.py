import torch

from anymood.network.classifier import Classifier


def test_units_and_dropout() -> None:
    classifier = Classifier(300, 5, dropout=0.5)
    assert classifier(torch.zeros(2, 300)).shape == (2, 5)
    linear = [layer for layer in classifier if isinstance(layer, torch.nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in linear] == [(300, 224), (224, 128), (128, 5)]
    classifier.eval()
    inputs = torch.randn(3, 300)
    assert torch.equal(classifier(inputs), classifier(inputs))
