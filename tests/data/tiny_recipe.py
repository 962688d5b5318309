"""The recipe of a training that takes seconds."""

from rich.console import Console

from anymood.network.weightings import LossWeights
from anymood.training.config import Recipe

TINY = Recipe(
    image_encoder="test_efficientnet",
    image_weights="none",
    word_vectors="random",
    epochs=10,
    patience=10,
    batch_size=8,
    learning_rate=3e-3,
    image_learning_rate=3e-3,
    warmup_ratio=0.0,
    threads=1,
    ema_decay=0.9,
    alpha=LossWeights(modality=0.5),
)
QUIET = Console(quiet=True)
