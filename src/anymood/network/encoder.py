"""What all encoders have in common: a backbone that may be frozen, and a layer to the representation."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

from tokenizers import Tokenizer
from torch import Tensor, nn

from anymood.errors import SettingError
from anymood.network.image_weights import load_image_weights
from anymood.preparation.image import ImagePreparation
from anymood.preparation.text import build_word_tokenizer

EVERY_WORD = 1_000_000  # more words than any training set brings


class Encoder(nn.Module):
    """Images or texts to representations r_v or r_t, in two parts.

    ``backbone`` gives pooled features. Where it is frozen, training may compute them once and put ``nn.Identity`` in
    its place, so that the encoder takes features in place of pixels or tokens. ``project`` is the fully connected
    layer behind it.

    Args:
        backbone: inputs (N, ...) to features (N, F).
        features: F.
        width: width of the representation, D.

    Shape: (N, ...) -> (N, D).
    """

    pretrained: ClassVar[bool] = True
    """Whether the backbone starts from learnt weights: only then may it be frozen, or learn at a rate of its own."""

    def __init__(self, backbone: nn.Module, features: int, width: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.features = features
        self.project = nn.Sequential(nn.Linear(features, width), nn.ReLU())

    def stages(self) -> Sequence[Sequence[nn.Parameter]]:
        """Parameters of the backbone that may be tuned in part, first to last."""
        return [list(self.backbone.parameters())]

    def tune(self, last: int | None) -> None:
        """Let only so many of the last stages of the backbone learn; None lets all of it learn.

        Normalisation layers of a backbone that is tuned in part keep their statistics.
        """
        if last is None or isinstance(self.backbone, nn.Identity):
            return
        self.backbone.requires_grad_(False)
        stages = self.stages()
        for stage in stages[max(0, len(stages) - last) :]:
            for parameter in stage:
                parameter.requires_grad_(True)

    def train(self, mode: bool = True) -> "Encoder":
        """Training mode, but for the normalisation of a backbone that is tuned in part."""
        super().train(mode)
        if not all(parameter.requires_grad for parameter in self.backbone.parameters()):
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
        name: which model; a kind of encoder that has a single one need not look at it.
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
        """How the pre-trained weights of a model expect their pixels.

        Raises:
            SettingError: there is no such model.
        """

    def load(self, source: str) -> None:
        """Put pre-trained weights into the backbone.

        Args:
            source: ``packaged``, ``timm``, ``none`` or the path of a file, as in a recipe's ``image_weights``.

        Raises:
            SettingError: no such package or file, no network, or weights that do not fit the model.
        """
        load_image_weights(self.backbone, self.name, source)


class TextSettings(Protocol):
    """Fields of a recipe that text encoders read."""

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
    """What a text encoder begins with."""

    tokenizer: Tokenizer
    settings: dict[str, Any]  # its arguments but for the width
    weights: dict[str, Tensor]  # by their names in the encoder
    source: str = ""  # what the weights came from


class TextEncoder(Encoder):
    """Token ids to r_t: (U, T) -> (U, D).

    The arguments of a kind of encoder are ``width``, and settings that travel in the architecture of run folders and
    bundles, and so are plain values for JSON.
    """

    @property
    def longest(self) -> int | None:
        """Tokens of the longest text that it reads; None for any length."""
        return None

    @classmethod
    def start(cls, recipe: TextSettings, texts: Iterable[str], tokenizer: Tokenizer | None = None) -> TextStart:
        """What a new encoder begins with; by default a tokenizer of words, counted on the training texts.

        Args:
            recipe: what the user asked for.
            texts: the training texts.
            tokenizer: that of the run, where it was made already.

        Raises:
            SettingError: weights are not there, or cannot be read.
        """
        tokenizer = tokenizer or build_word_tokenizer(texts, recipe.vocabulary or EVERY_WORD)
        return TextStart(tokenizer, {"vocabulary": tokenizer.get_vocab_size()}, {})

    def load(self, weights: Mapping[str, Tensor], source: str) -> None:
        """Put the first weights in; of an encoder that is not pre-trained, others stay as they were drawn.

        Args:
            weights: by their names in the encoder.
            source: what they came from, for messages.

        Raises:
            SettingError: a weight of a pre-trained backbone is missing.
        """
        lacking = self.load_state_dict(weights, strict=False).missing_keys
        missing = sorted(name.removeprefix("backbone.") for name in lacking if name.startswith("backbone."))
        if self.pretrained and missing:
            raise SettingError(f"{source} lacks {len(missing)} weights of the text encoder, {missing[0]} first.")

    def packed(self) -> "TextEncoder":
        """A copy that does no work for padding, for export; by default itself."""
        return self
