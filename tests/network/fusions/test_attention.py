import torch
from same import assert_same


def test_attention_adds_up_to_one(make, pairs):
    fusion = make("attention")
    image, text = pairs
    scores = [fusion.score(torch.tanh(fusion.image_hidden(image))), fusion.score(torch.tanh(fusion.text_hidden(text)))]
    beta = torch.softmax(torch.cat(scores, dim=1), dim=1)
    assert beta.std() > 0
    assert_same(fusion(image, text), torch.tanh(beta[:, :1] * fusion.image(image) + beta[:, 1:] * fusion.text(text)))


def test_all_attention_goes_to_what_is_there(make, pairs):
    fusion = make("attention")
    image, text = pairs
    assert_same(fusion(image, None), torch.tanh(fusion.image(image)))
    assert_same(fusion(None, text), torch.tanh(fusion.text(text)))
