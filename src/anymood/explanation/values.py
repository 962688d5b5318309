"""An explanation of one prediction: frozen values."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from anymood.posts import Prediction

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class WordEffect:
    """What a word of a text does for the probability of a label.

    Attributes:
        start: place of its first character in the text as given, from 0.
        end: place behind its last character.
        effect: what the word adds to the label's probability, from -1 to 1: the mean of what it adds alone, beyond the
            median word of the text (beyond no text, of one or two words), and of what it adds to the rest of its
            passage. A text of up to 11 words is one passage, a longer one has passages of about 8 words.
    """

    start: int
    end: int
    effect: float


@dataclass(frozen=True, slots=True)
class RegionEffects:
    """What the regions of an image do for the probability of a label.

    Attributes:
        box: left, top, right and bottom edge of the part of the image that the model sees, as shares of the image's
            width and height: the model sees the square in the middle.
        effects: how much the label's probability falls when a region is left out, in rows from the top, each from the
            left; all regions have the same size.
        method: ``"feature map"`` (a position is left out of the mean over the encoder's last feature map) or
            ``"occlusion"`` (a region is painted over with the image's mean colour).
    """

    box: tuple[float, float, float, float]
    effects: tuple[tuple[float, ...], ...]
    method: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a model predicts what it does of one post.

    All effects are differences of the probability of ``label``: 0.2 is 20 percentage points. ``base`` and the effects
    of text and image add up to ``probability``; the effects of words and of regions do not add up to those of text and
    image, since words act together.

    Attributes:
        prediction: what is explained.
        model: the model's name.
        label: the label whose probability is explained; None where there was nothing to see.
        probability: of that label.
        base: its probability before anything of the post is known: its share in the prior.
        text_effect: Shapley value of the text; None where the post has no usable text.
        image_effect: Shapley value of the image; None where the post has no usable image.
        text: the text as given, that the places of words refer to; None where there is none.
        words: the words in their order; empty where the post has no usable text.
        regions: the regions of the image; None where the post has no usable image.
        picture: the upright image, to draw the regions on; None where there is none.
    """

    prediction: Prediction
    model: str
    label: str | None = None
    probability: float | None = None
    base: float | None = None
    text_effect: float | None = None
    image_effect: float | None = None
    text: str | None = None
    words: tuple[WordEffect, ...] = ()
    regions: RegionEffects | None = None
    picture: "Image | None" = field(default=None, repr=False, compare=False)

    def word(self, effect: WordEffect) -> str:
        """The characters of a word."""
        return (self.text or "")[effect.start : effect.end]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; without the picture."""
        return {
            "model": self.model,
            "label": self.label,
            "probability": self.probability,
            "base": self.base,
            "text_effect": self.text_effect,
            "image_effect": self.image_effect,
            "text": self.text,
            "words": [{"word": self.word(effect), **asdict(effect)} for effect in self.words],
            "regions": None if self.regions is None else asdict(self.regions),
            "prediction": self.prediction.to_dict(),
        }

    def _repr_html_(self) -> str:
        """For notebooks: the same as in a page of its own, without what surrounds it."""
        from anymood.explanation.page import fragment

        return fragment(self)
