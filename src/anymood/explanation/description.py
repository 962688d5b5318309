"""Explanations in words, for readers and screen readers."""

import re
from collections.abc import Iterator
from statistics import fmean
from typing import NamedTuple

from anymood.explanation.values import Explanation, RegionEffects, WordEffect
from anymood.wording import points, short_label

STRONG_WORDS = 8  # maximum number of strongest words
MIN_EFFECT = 0.0005  # smaller effects round to 0.0 points
ABOUT_WORDS = "Bars are scaled to the strongest word. Effects of words do not add up to that of the text."

_ROWS = ("top", "middle", "bottom")
_COLUMNS = ("left", "centre", "right")


class Piece(NamedTuple):
    """A part of an explained text: a word, or the text between two words.

    Attributes:
        text: its characters.
        effect: effect of the word; 0 for other parts.
        share: size of the effect as a share of that of the strongest word, from 0 to 1.
    """

    text: str
    effect: float = 0.0
    share: float = 0.0


def summary(explanation: Explanation) -> str:
    """The parts of the probability: the prior, and the effects of text and image."""
    if explanation.label is None or explanation.base is None or explanation.probability is None:
        return explanation.prediction.problem or "There is nothing to explain."
    added = [f"{name} {points(effect)} points" for name, effect in modality_effects(explanation).items()]
    return (
        f"The probability of {short_label(explanation.label)} is {explanation.probability:.1%}: "
        f"prior {explanation.base:.1%}, {', '.join(added)}."
    )


def modality_effects(explanation: Explanation) -> dict[str, float]:
    """The effects of text and image, without that of a modality that the post lacks."""
    effects = {"text": explanation.text_effect, "image": explanation.image_effect}
    return {name: effect for name, effect in effects.items() if effect is not None}


def pieces(explanation: Explanation) -> Iterator[Piece]:
    """The explained text divided into its words and the text between them, in order."""
    text = explanation.text or ""
    strongest = max((abs(word.effect) for word in explanation.words), default=0.0) or 1.0
    end = 0
    for word in explanation.words:
        yield Piece(text[end : word.start])
        yield Piece(explanation.word(word), word.effect, abs(word.effect) / strongest)
        end = word.end
    yield Piece(text[end:])


def strongest_words(explanation: Explanation) -> list[tuple[str, float]]:
    """The words with the largest effects in either direction, the strongest first.

    Occurrences of a word are merged, as ``terrible x3`` with their mean effect, so that a long text does not
    list the same word repeatedly. Occurrences for and against the label are separate.
    """
    alike: dict[tuple[str, bool], list[WordEffect]] = {}
    for word in explanation.words:
        if abs(word.effect) >= MIN_EFFECT:
            alike.setdefault((_bare(explanation.word(word)).casefold(), word.effect > 0), []).append(word)
    effects = []
    for words in alike.values():
        times = f" x{len(words):,}" if len(words) > 1 else ""  # readable beside a word from right to left
        effects.append((f"{_bare(explanation.word(words[0]))}{times}", fmean(word.effect for word in words)))
    return sorted(effects, key=lambda one: -abs(one[1]))[:STRONG_WORDS]


def _bare(word: str) -> str:
    """A word without surrounding punctuation, unless it is only punctuation."""
    return re.sub(r"^\W+|\W+$", "", word) or word


def regions_in_words(explanation: Explanation) -> str:
    """A sentence about the strongest part of the image for and against the label."""
    regions = explanation.regions
    if regions is None:
        return ""
    if regions.strongest == 0:
        return "No region of the image has an effect."
    parts = [
        f"the {place} {how} {short_label(explanation.label or '')} most"
        for how, sign in (("supports", 1), ("opposes", -1))
        if (place := _place(regions, sign)) is not None
    ]
    return f"In the image, {' and '.join(parts)}."


def _place(regions: RegionEffects, sign: int) -> str | None:
    """The ninth of the image whose effects add up to most of a sign, such as ``"top left"``; None without any."""
    rows, columns = len(regions.effects), len(regions.effects[0])
    totals: dict[tuple[str, str], float] = {}
    for row, effects in enumerate(regions.effects):
        for column, effect in enumerate(effects):
            ninth = _ROWS[row * 3 // rows], _COLUMNS[column * 3 // columns]
            totals[ninth] = totals.get(ninth, 0.0) + effect * sign
    (vertical, horizontal), most = max(totals.items(), key=lambda item: item[1])
    if most <= 0:
        return None
    return "middle" if (vertical, horizontal) == ("middle", "centre") else f"{vertical} {horizontal}"
