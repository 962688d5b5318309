import torch
from same import assert_same


def test_a_gate_mixes_both(make, pairs):
    fusion = make("gated")
    image, text = pairs
    z = torch.sigmoid(fusion.gate(torch.cat([image, text], dim=1)))
    assert z.std() > 0
    h_v, h_t = torch.tanh(fusion.image(image)), torch.tanh(fusion.text(text))
    assert_same(fusion(image, text), z * h_v + (1 - z) * h_t)


def test_the_gate_is_wide_open_for_what_is_there(make, pairs):
    fusion = make("gated")
    image, text = pairs
    both = {}
    for name, bias in (("image", 1e3), ("text", -1e3)):
        with torch.no_grad():
            fusion.gate.bias.fill_(bias)
        both[name] = fusion(image, text)
    assert_same(fusion(image, None), both["image"])
    assert_same(fusion(None, text), both["text"])
