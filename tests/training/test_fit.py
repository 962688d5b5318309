import pytest
import torch

from anymood.training.config import Recipe
from anymood.training.fit import FEW_POSTS, few_threads


@pytest.mark.parametrize(
    ("settings", "posts", "threads"),
    [
        ({"frozen": True}, FEW_POSTS, 1),
        ({"frozen": True}, FEW_POSTS + 1, 3),
        ({"frozen": True, "threads": 3}, 10, 3),
        ({"tuned_text_layers": 1}, 10, 3),
    ],
)
def test_short_epochs_with_frozen_encoders_have_one_thread(
    settings: dict[str, int | bool], posts: int, threads: int
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with few_threads(Recipe(text_encoder="transformer", **settings), posts):
            assert torch.get_num_threads() == threads
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
