import torch
from same import assert_same


def layers(classifier):
    return [module for module in classifier if isinstance(module, torch.nn.Linear)]


def test_the_central_network_takes_in_the_layers_of_both(make, classifiers, pairs):
    fusion = make("central")
    with torch.no_grad():
        for share in fusion.shares.values():
            share.uniform_(0.1, 0.9)
    heads = classifiers(fusion)
    image, text = pairs
    a = fusion.scalars()
    central = a["image 0"] * image + a["text 0"] * text
    for i, (v, t, c) in enumerate(zip(*(layers(head)[:-1] for head in heads), strict=True), start=1):
        image, text, central = torch.relu(v(image)), torch.relu(t(text)), torch.relu(c(central))
        central = a[f"image {i}"] * image + a[f"text {i}"] * text + a[f"central {i}"] * central
    assert_same(fusion.classify(*pairs, heads), layers(heads.fused)[-1](central))


def test_terms_of_an_absent_modality_are_left_out(make, classifiers, pairs):
    fusion = make("central")
    heads = classifiers(fusion)
    a, text = fusion.scalars(), pairs[1]
    central = a["text 0"] * text
    for i, (t, c) in enumerate(zip(layers(heads.text)[:-1], layers(heads.fused)[:-1], strict=True), start=1):
        text, central = torch.relu(t(text)), torch.relu(c(central))
        central = a[f"text {i}"] * text + a[f"central {i}"] * central
    assert_same(fusion.classify(None, pairs[1], heads), layers(heads.fused)[-1](central))


def test_the_other_classifiers_learn_from_its_loss(make, classifiers, pairs):
    fusion = make("central")
    heads = classifiers(fusion)
    fusion.classify(*pairs, heads).square().sum().backward()
    for head in (heads.image, heads.text):
        learns = [layer.weight.grad is not None for layer in layers(head)]
        assert learns == [True, True, False]  # but for their logits


def test_its_scalars_start_equal_and_have_names(make):
    scalars = make("central").scalars()
    assert list(scalars) == [
        "image 0", "text 0", "image 1", "text 1", "central 1", "image 2", "text 2", "central 2",
    ]  # fmt: skip
    assert_same(list(scalars.values()), [1 / 2] * 2 + [1 / 3] * 6)
    assert make("sum").scalars() == {}
