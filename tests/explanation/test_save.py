import json

import numpy as np
import pytest
from PIL import Image

from anymood.errors import SettingError
from anymood.explanation.explain import explain
from anymood.explanation.values import SUFFIXES, Explanation
from anymood.posts import Prediction

NO_POST = {"text": None}
POSTS = [
    {"text": "love the awful day", "image": np.full((40, 90, 3), 230, np.uint8)},
    {"text": "love the awful day"},
    {"image": np.full((90, 40, 3), 230, np.uint8)},
    {"text": "愛 love 😂 & <b>\n\n" + "day " * 300},
    NO_POST,
]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("post", POSTS)
def test_every_kind_of_post_as_every_kind_of_file(mapped, tmp_path, post, suffix):
    path = tmp_path / f"why{suffix.upper()}"
    explanation = explain(model=mapped, **post)
    explanation.save(path)
    if suffix == ".png":
        with Image.open(path) as image:
            assert image.width == 960
            assert image.height <= 4000
            assert image.convert("L").getextrema() != (255, 255)
    elif suffix == ".json":
        assert json.loads(path.read_text(encoding="utf-8")) == json.loads(json.dumps(explanation.to_dict()))
    else:
        assert "</html>" in path.read_text(encoding="utf-8")


def test_a_name_of_another_kind(tmp_path):
    with pytest.raises(SettingError, match=r"must end in \.html, \.json or \.png"):
        Explanation(Prediction("none"), "sentiment").save(tmp_path / "why.pdf")
