"""The network: two encoders, a fusion and three classifiers, routed by presence pattern (figure 1)."""

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from anymood.errors import SettingError
from anymood.network.classifier import HIDDEN, Classifier
from anymood.network.fusion import Classifiers
from anymood.network.fusions import FUSIONS
from anymood.network.image_encoders import DEFAULT_IMAGE_ENCODER, image_encoder_kind
from anymood.network.text_encoders import TEXT_ENCODERS


@dataclass(frozen=True, slots=True)
class Architecture:
    """The architecture of a network; stored in run folders and bundles.

    Attributes:
        classes: number of classes, C.
        image_encoder: name of a timm model, or of a registered image encoder.
        text_encoder: name of a text encoder, such as ``"cnn"``.
        text_settings: keyword arguments of that encoder, without its width.
        width: width of the representations r_v and r_t, D.
        hidden: units of each classifier's fully connected layers.
        dropout: dropout in the classifiers.
        fusion: name of the fusion, such as ``"concatenation"``.
        modality_heads: whether there are two more output layers, for the labels of the image and of the text; only
            in training.
        modality_dropout: probability that one modality of a pair is hidden from the fused classifier in training.
    """

    classes: int
    text_settings: dict[str, Any]
    image_encoder: str = DEFAULT_IMAGE_ENCODER
    text_encoder: str = "cnn"
    width: int = 300
    hidden: tuple[int, ...] = HIDDEN
    dropout: float = 0.0
    fusion: str = "concatenation"
    modality_heads: bool = False
    modality_dropout: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Architecture":
        """The architecture that ``to_dict`` wrote.

        Raises:
            SettingError: a field is unknown or missing.
        """
        try:
            return cls(**{**values, "hidden": tuple(values.get("hidden", HIDDEN))})
        except TypeError as error:
            raise SettingError(f"The network's architecture cannot be read: {error}") from error


class Batch(NamedTuple):
    """The posts of one step; ``images`` and ``texts`` have rows only for the posts that have them."""

    images: Tensor  # (V, 3, H, W) pixels, or features of a frozen encoder (V, F) or of frozen layers (V, F, H, W)
    texts: Tensor  # (U, T) token ids, or features of a frozen encoder (U, F) or of frozen layers (U, T, F)
    has_image: Tensor  # (B,) bool
    has_text: Tensor  # (B,) bool
    labels: Tensor  # (B,) class indices
    image_targets: Tensor  # (V,) class indices that the image classifier learns, UNKNOWN_LABEL where masked
    image_labels: Tensor  # (V,) class indices of the images, UNKNOWN_LABEL where not annotated
    text_labels: Tensor  # (U,) of the texts alone
    sources: Tensor  # (B,) indices of the data that the posts come from
    problems: list[str]  # images that could not be decoded


class Logits(NamedTuple):
    """Logits of the three classifiers, each for the posts with its modalities."""

    image: Tensor  # (V, C)
    text: Tensor  # (U, C)
    fused: Tensor  # (P, C)
    image_alone: Tensor | None = None  # (V, C) of the modality heads
    text_alone: Tensor | None = None  # (U, C)


class MultitaskNetwork(nn.Module):
    """Visual network, textual network, and the classifiers C_v, C_t and C_m.

    Raises:
        SettingError: the architecture names an encoder or a fusion that does not exist.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        a = self.architecture = architecture
        self.image_encoder = image_encoder_kind(a.image_encoder)(a.image_encoder, a.width)
        self.text_encoder = TEXT_ENCODERS.get(a.text_encoder)(width=a.width, **a.text_settings)
        self.fusion = FUSIONS.get(a.fusion)(a.width)
        self.image_classifier = Classifier(a.width, a.classes, a.hidden, a.dropout)
        self.text_classifier = Classifier(a.width, a.classes, a.hidden, a.dropout)
        self.fused_classifier = Classifier(self.fusion.width, a.classes, a.hidden, a.dropout)
        self.image_head = nn.Linear(a.width, a.classes) if a.modality_heads else None
        self.text_head = nn.Linear(a.width, a.classes) if a.modality_heads else None

    def forward(self, images: Tensor, texts: Tensor, has_image: Tensor, has_text: Tensor) -> Logits:
        """Logits of the three classifiers.

        Args:
            images: pixels (V, 3, H, W) of the posts with an image.
            texts: token ids (U, T) of the posts with a text.
            has_image: mask (B,) of the posts with an image.
            has_text: mask (B,) of the posts with a text.
        """
        r_v = self.encode_image(images)
        r_t = self.encode_text(texts)
        pairs = r_v[has_text[has_image]], r_t[has_image[has_text]]
        hides = self.training and self.architecture.modality_dropout > 0
        return Logits(
            self.image_classifier(r_v),
            self.text_classifier(r_t),
            self._fuse_with_dropout(*pairs) if hides else self.fuse(*pairs),
            None if self.image_head is None else self.image_head(r_v),
            None if self.text_head is None else self.text_head(r_t),
        )

    def encode_image(self, images: Tensor) -> Tensor:
        """Representations r_v (V, D); equation 2."""
        return self.image_encoder(images) if len(images) else images.new_zeros(0, self.architecture.width)

    def encode_text(self, texts: Tensor) -> Tensor:
        """Representations r_t (U, D); equation 3."""
        if len(texts):
            return self.text_encoder(texts)  # type: ignore[no-any-return]
        return next(self.text_classifier.parameters()).new_zeros(0, self.architecture.width)

    def fuse(self, r_v: Tensor | None, r_t: Tensor | None) -> Tensor:
        """Logits (P, C) of the fused classifier from r_v and r_t (P, D), of which one may be None; equation 4."""
        classifiers = Classifiers(self.image_classifier, self.text_classifier, self.fused_classifier)
        return self.fusion.classify(r_v, r_t, classifiers)

    def _fuse_with_dropout(self, r_v: Tensor, r_t: Tensor) -> Tensor:
        """Logits (P, C) of the fused classifier, where random pairs lack the image or the text."""
        drawn = torch.rand(len(r_v), device=r_v.device) / self.architecture.modality_dropout
        whole, image, text = (torch.where(part)[0] for part in (drawn >= 1, drawn < 0.5, (drawn >= 0.5) & (drawn < 1)))
        logits = [self.fuse(r_v[whole], r_t[whole]), self.fuse(r_v[image], None), self.fuse(None, r_t[text])]
        return torch.cat(logits)[torch.cat([whole, image, text]).argsort()]
