"""Base classes of encoders: a backbone, which may be frozen, and a projection to the representation."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from anymood.errors import SettingError
from anymood.network.image_weights import load_image_weights
from anymood.preparation.image import ImagePreparation
from anymood.preparation.text import build_word_tokenizer

EVERY_WORD = 1_000_000  # more words than any training set has


class Encoder(nn.Module):
    """Images or texts to representations r_v or r_t, in two parts.

    ``backbone`` returns pooled features, ``project`` is a fully connected layer. If the backbone is frozen, training
    computes the features once and replaces it by ``nn.Identity``, so that the encoder takes features in place of pixels
    or tokens.

    Args:
        backbone: inputs (N, ...) to features (N, F).
        features: F.
        width: width of the representation, D.

    Shape: (N, ...) -> (N, D).
    """

    pretrained: ClassVar[bool] = True
    """Whether the backbone has pre-trained weights: only then can it be frozen, or have its own learning rate."""

    def __init__(self, backbone: nn.Module, features: int, width: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.features = features
        self.project = nn.Sequential(nn.Linear(features, width), nn.ReLU())
        self.partly_frozen = False

    def stages(self) -> Sequence[Sequence[nn.Parameter]]:
        """Parameters of the backbone in the stages that can be tuned separately, first to last."""
        return [list(self.backbone.parameters())]

    def tune(self, last: int | None) -> None:
        """Freeze all but the last ``last`` stages of the backbone; None freezes nothing.

        Batch normalisation of a partly frozen backbone keeps its statistics.
        """
        if last is None or isinstance(self.backbone, nn.Identity):
            return
        self.backbone.requires_grad_(False)
        stages = self.stages()
        for stage in stages[max(0, len(stages) - last) :]:
            for parameter in stage:
                parameter.requires_grad_(True)
        tuned = [parameter.requires_grad for parameter in self.backbone.parameters()]
        self.partly_frozen = any(tuned) and not all(tuned)

    def divided(self) -> tuple[nn.Module, nn.Module]:
        """The frozen layers of a partly frozen backbone and the tuned layers after them, which share its weights.

        The frozen layers return an array of states for each input. The input of the tuned layers is a batch of these
        arrays, with texts padded with zeros.

        Raises:
            SettingError: its layers are not a chain.
        """
        raise SettingError(
            f"The frozen layers of {type(self.backbone).__name__} cannot be computed separately from the tuned ones. "
            "Leave out cache_frozen_layers."
        )

    def train(self, mode: bool = True) -> "Encoder":
        """Set training mode, except for batch normalisation in a partly frozen backbone."""
        super().train(mode)
        if self.partly_frozen or not all(parameter.requires_grad for parameter in self.backbone.parameters()):
            for module in self.backbone.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        return self

    def forward(self, inputs: Tensor) -> Tensor:
        """Representations (N, D) of inputs (N, ...)."""
        return self.project(self.backbone(inputs))  # type: ignore[no-any-return]


class ImageEncoder(Encoder, ABC):
    """Pixels to r_v: (V, 3, H, W) -> (V, D).

    Args:
        name: of the model; ignored by encoders with a single one.
        width: width of r_v, D.

    Raises:
        SettingError: there is no such model.
    """

    def __init__(self, name: str, width: int = 300) -> None:
        super().__init__(*self.build(name), width)
        self.name = name

    @classmethod
    @abstractmethod
    def build(cls, name: str) -> tuple[nn.Module, int]:
        """The backbone of a model, from pixels (V, 3, H, W) to features (V, F), and F.

        Raises:
            SettingError: there is no such model.
        """

    @classmethod
    @abstractmethod
    def preparation(cls, name: str) -> ImagePreparation:
        """The image preparation that the pre-trained weights of a model expect.

        Raises:
            SettingError: there is no such model.
        """

    def regions(self, pixels: Tensor) -> Tensor:
        """Features (V, R, F) of the regions of images, after the last layer that distinguishes them.

        By default, an image is one region.
        """
        return self.backbone(pixels)[:, None]  # type: ignore[no-any-return]

    def load(self, source: str) -> None:
        """Load pre-trained weights into the backbone.

        Args:
            source: ``packaged``, ``timm``, ``none`` or the path of a file, as in a recipe's ``image_weights``.

        Raises:
            SettingError: the package or file does not exist, there is no network, or the weights do not match.
        """
        load_image_weights(self.backbone, self.name, source)


class TextSettings(Protocol):
    """Fields of a recipe for text encoders."""

    @property
    def text_folder(self) -> str | None: ...  # noqa: D102
    @property
    def word_vectors(self) -> str: ...  # noqa: D102
    @property
    def vocabulary(self) -> int | None: ...  # noqa: D102
    @property
    def pooled_text_layers(self) -> int: ...  # noqa: D102
    @property
    def embedding_dropout(self) -> float: ...  # noqa: D102
    @property
    def seed(self) -> int: ...  # noqa: D102


class TextStart(NamedTuple):
    """The initial state of a text encoder."""

    tokenizer: Tokenizer
    settings: dict[str, Any]  # its arguments, without the width
    weights: dict[str, Tensor]  # by their names in the encoder
    source: str = ""  # where the weights come from


class TextEncoder(Encoder):
    """Token ids to r_t: (U, T) -> (U, D).

    Arguments other than ``width`` are stored in run folders and bundles, and so are plain values for JSON.
    """

    def states(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Features (U, T, F) of the tokens of texts, and a mask (U, T) that excludes padding.

        By default, a text is one token.
        """
        features = self.backbone(tokens)[:, None]
        return features, torch.ones(features.shape[:2], dtype=torch.bool)

    @property
    def longest(self) -> int | None:
        """Maximum number of tokens; None if there is none."""
        return None

    @classmethod
    def start(cls, recipe: TextSettings, texts: Iterable[str], tokenizer: Tokenizer | None = None) -> TextStart:
        """The initial state of an encoder; by default a tokenizer of the most frequent words.

        Args:
            recipe: the settings.
            texts: the training texts.
            tokenizer: of the run, if it is resumed.

        Raises:
            SettingError: weights are missing, or cannot be read.
        """
        tokenizer = tokenizer or build_word_tokenizer(texts, recipe.vocabulary or EVERY_WORD)
        return TextStart(tokenizer, {"vocabulary": tokenizer.get_vocab_size()}, {})

    def load(self, weights: Mapping[str, Tensor], source: str) -> None:
        """Load initial weights; those that an encoder without pre-training lacks stay random.

        Args:
            weights: by their names in the encoder.
            source: where they come from, for messages.

        Raises:
            SettingError: a weight of a pre-trained backbone is missing.
        """
        lacking = self.load_state_dict(weights, strict=False).missing_keys
        missing = sorted(name.removeprefix("backbone.") for name in lacking if name.startswith("backbone."))
        if self.pretrained and missing:
            raise SettingError(f"{source} lacks {len(missing)} weights of the text encoder, {missing[0]} first.")

    def packed(self) -> "TextEncoder":
        """A copy for export that does not compute padding; by default the encoder itself."""
        return self
