"""An explanation of one prediction as frozen values."""

import io
import json
import os
from dataclasses import asdict, dataclass, field
from typing import Any

from PIL.Image import Image

from anymood.files import as_path, check_output, write_output
from anymood.posts import Prediction

SUFFIXES = (".html", ".json", ".png")  # of files for ``save``


@dataclass(frozen=True, slots=True)
class WordEffect:
    """The effect of a word on the probability of a label.

    Attributes:
        start: index of its first character in the text as given.
        end: index after its last character.
        effect: contribution of the word to the label's probability, from -1 to 1: the mean of that of the word alone,
            compared with the median word of the text (with no text, if there are one or two words), and of that to the
            rest of its passage. A text of up to 11 words is one passage; longer ones have passages of about 8 words.
    """

    start: int
    end: int
    effect: float


@dataclass(frozen=True, slots=True)
class RegionEffects:
    """The effects of image regions on the probability of a label.

    Attributes:
        box: left, top, right and bottom edge of the central square that the model reads, as shares of the image's width
            and height.
        effects: decrease of the label's probability without each region, in rows from the top, each from the left; all
            regions have the same size.
        method: ``"feature map"`` (a position is left out of the mean over the last feature map) or ``"occlusion"`` (a
            region is filled with the mean colour of the image).
    """

    box: tuple[float, float, float, float]
    effects: tuple[tuple[float, ...], ...]
    method: str

    @property
    def strongest(self) -> float:
        """The largest absolute effect."""
        return max(abs(effect) for row in self.effects for effect in row)


@dataclass(frozen=True, slots=True)
class Explanation:
    """An explanation of the prediction of one post.

    All effects are differences of the probability of ``label``: 0.2 is 20 percentage points. ``base`` and the effects
    of text and image sum to ``probability``. The effects of words and regions do not sum to those of text and image,
    because words interact.

    Attributes:
        prediction: the explained prediction.
        model: name of the model.
        label: the label whose probability is explained; None if the post has no usable text and image.
        probability: probability of the label.
        base: prior probability of the label.
        text_effect: Shapley value of the text; None without a usable text.
        image_effect: Shapley value of the image; None without a usable image.
        text: the text as given, to which the indices of words refer; None if there is none.
        words: the words in order; empty without a usable text.
        regions: the regions of the image; None without a usable image.
        picture: the upright image, to draw the regions on; None if there is none.
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
    picture: Image | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        from anymood.explanation.description import summary

        return f"<Explanation by {self.model!r}: {summary(self)}>"

    def word(self, effect: WordEffect) -> str:
        """The characters of a word."""
        return (self.text or "")[effect.start : effect.end]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, without the picture."""
        from anymood.explanation.description import regions_in_words, strongest_words, summary

        return {
            "model": self.model,
            "label": self.label,
            "summary": summary(self),
            "probability": self.probability,
            "base": self.base,
            "text_effect": self.text_effect,
            "image_effect": self.image_effect,
            "text": self.text,
            "words": [{"word": self.word(effect), **asdict(effect)} for effect in self.words],
            "strongest_words": [{"word": word, "effect": effect} for word, effect in strongest_words(self)],
            "regions": None if self.regions is None else asdict(self.regions) | {"summary": regions_in_words(self)},
            "prediction": self.prediction.to_dict(),
        }

    def to_html(self) -> str:
        """A self-contained page."""
        from anymood.explanation.page import page

        return page(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a picture (``.png``), a page (``.html``) or JSON (``.json``). An existing file is replaced.

        Raises:
            SettingError: the name has another suffix, or the file cannot be written.
        """
        target = as_path(path, "The output")
        check_output(target, SUFFIXES, overwrite=True)
        content: str | bytes
        if target.suffix.lower() == ".png":
            from anymood.explanation.picture import draw

            file = io.BytesIO()
            draw(self).save(file, "PNG", optimize=True)
            content = file.getvalue()
        elif target.suffix.lower() == ".html":
            content = self.to_html()
        else:
            content = json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"
        write_output(target, content)

    def _repr_html_(self) -> str:
        """HTML for notebooks."""
        from anymood.explanation.page import fragment

        return fragment(self)
