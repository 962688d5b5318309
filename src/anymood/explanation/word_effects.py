"""Effects of words: the change of a label's probability with and without each word.

The effect of a word is the mean of two differences: the probability with the word alone minus that with the median word
of the text, and the probability of its passage minus that without the word. Each one is misleading: if two words
express the same, leaving one out changes nothing, and a single word lacks its context. The median word represents words
without sentiment; the effect of the presence of a text is part of the effect of the text.

Preparation changes a text before the model reads it: links, emoji and hashtags become words. Therefore words are
removed from the original text, and the rest is prepared again. Indices refer to the original text.

Each variant of a text takes nearly as long as the text, and a text of 30 words has 30 of them. Therefore a long text is
split into passages of about 8 words, which takes a quarter of the time with about the same deletion and insertion
curves (docs/results/explanation.md), because the effect of a word mostly depends on its neighbours.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from anymood.explanation.values import WordEffect
from anymood.preparation.cleaning import MAX_CHARACTERS, without_quotes
from anymood.runtime.encoding import Encoding
from anymood.runtime.steps import PredictionSteps

PASSAGE = 8  # approximate number of words
FEW = 2  # words of a short text, whose median word may express sentiment
_NEAR = 2  # maximum number of words by which the end of a passage moves to a punctuation mark
_MARKS = tuple(".,;:!?…)。，！？、।؟؛،")

# Scripts without spaces between words: without a dictionary, units are shorter than words.
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_SOUTH_EAST_ASIA = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
# Vowels and tones of these four scripts above, below or after a consonant, which belong to it
_ATTACHED = (
    "\u0e30-\u0e3a\u0e45\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u1056-\u1059\u105e-\u1060\u1062-\u1064"
    "\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f\u109a-\u109d\u17b4-\u17d3\u17dd"
)
_JOINERS = "\u200c\u200d"  # between letters of one word in Persian and in languages of India
_EMOJI = "©®\u203c-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff\u20e3\ufe0f\U000e0020-\U000e007f"
_PUNCTUATION = (
    r"!-/:-@\[-^`{-~"  # of ASCII, all but the underscore
    "\u00a1-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u055a-\u055f\u0589\u05be\u05c0\u05c3\u05f3\u05f4"
    "\u060c\u060d\u061b-\u061f\u066a-\u066d\u06d4\u0964\u0965\u0e4f\u0e5a\u0e5b\u104a-\u104f\u17d4-\u17da"
    "\u2010-\u2027\u2030-\u203b\u3001-\u3003\u3008-\u3020\u30a0\u30fb\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
_UNSPACED = re.compile(rf"[{_HAN}{_KANA}{_SOUTH_EAST_ASIA}]")
_APART = rf"\s{_HAN}{_KANA}{_SOUTH_EAST_ASIA}{_EMOJI}{_PUNCTUATION}"
_LETTERS = rf"[^{_APART}]+"
_SYLLABLE = rf"[{_SOUTH_EAST_ASIA}][{_ATTACHED}]*"
_UNIT = re.compile(
    rf"(?P<link>(?:https?://|(?<![^\W_])www\.)\S+)"
    rf"|(?P<emoji>[{_EMOJI}](?:[{_EMOJI}{_JOINERS}])*)"
    rf"|(?P<word>[{_PUNCTUATION}]*"
    rf"(?:[{_HAN}]|[{_KANA}]{{1,4}}|(?:{_SYLLABLE}){{1,3}}|{_LETTERS}(?:(?:[-'’.&]|(?<=\d),(?=\d)){_LETTERS})*)"
    rf"(?:(?!https?://|www\.)[{_PUNCTUATION}])*)"
    rf"|(?P<signs>[{_PUNCTUATION}]+)"
)


class Word(NamedTuple):
    """A part of a text that is removed as a unit."""

    start: int  # index of its first character in the text
    end: int  # index after its last character


def word_effects(
    steps: PredictionSteps, text: str, image: Encoding | None, label: int, *, whole_text: bool = False
) -> tuple[WordEffect, ...]:
    """The effect of each word on the probability of a label.

    Args:
        steps: steps of the model.
        text: the text as given, of which the part that the model reads is explained.
        image: encoding of the post's image; None if there is none.
        label: index of the label.
        whole_text: treat the whole text as one passage.

    Returns:
        The words in order.

    Raises:
        BundleError: a graph cannot be run.
    """
    text = without_quotes(text[:MAX_CHARACTERS])
    words = words_of(text)
    if not words:
        return ()
    variants: list[tuple[str, str, str]] = []  # of each word: the word, the rest of its passage, the passage
    for part in [words] if whole_text else passages(text, words):
        start, end = part[0].start, part[-1].end
        passage = text[start:end]
        for word in part:
            rest = without(passage, [Word(word.start - start, word.end - start)])
            variants.append((text[word.start : word.end], rest, passage))
    different = list(dict.fromkeys(variant for each in variants for variant in each))
    pairs = [(None, image), *((encoding, image) for encoding in steps.encode_texts(different))]
    nothing, *values = steps.probabilities(pairs)[:, label].tolist()
    by_text = dict(zip(different, values, strict=True))
    neutral = nothing if len(words) <= FEW else median(by_text[alone] for alone, _, _ in variants)
    return tuple(
        WordEffect(word.start, word.end, (by_text[alone] - neutral + by_text[passage] - by_text[rest]) / 2)
        for word, (alone, rest, passage) in zip(words, variants, strict=True)
    )


def passages(text: str, words: Sequence[Word]) -> list[list[Word]]:
    """Words grouped into passages of about ``PASSAGE`` words, which end at punctuation if possible."""
    count = max(1, round(len(words) / PASSAGE))
    ends = [round(len(words) * number / count) for number in range(1, count)]
    cuts = [0, *(_near_mark(text, words, end) for end in ends), len(words)]
    return [list(words[start:end]) for start, end in pairwise(cuts)]


def _near_mark(text: str, words: Sequence[Word], end: int) -> int:
    """The nearest end of a passage after a word with punctuation."""
    near = range(end - _NEAR, end + _NEAR + 1)
    marked = [place for place in near if text[words[place - 1].start : words[place - 1].end].endswith(_MARKS)]
    return min(marked, key=lambda place: abs(place - end), default=end)


def words_of(text: str) -> list[Word]:
    """The words of a text in order, without spaces.

    Punctuation belongs to the word before it, or to the one it opens; if it is isolated, like ``:)``, it is a word. A
    link, a user name, a hashtag and a run of emoji are one word each. In scripts without spaces, a word is a Chinese
    character, up to four kana, or up to three syllables of Thai, Lao, Burmese and Khmer.
    """
    return [Word(*match.span()) for match in _UNIT.finditer(text)]


def without(text: str, left_out: list[Word]) -> str:
    """A text without some of its words.

    Each is replaced by a space, so that its neighbours are not joined, except in scripts without spaces. ``left_out``
    is in order.
    """
    parts = []
    end = 0
    for word in left_out:
        parts.append(text[end : word.start])
        if not _UNSPACED.search(text, word.start, word.end):
            parts.append(" ")
        end = word.end
    return "".join((*parts, text[end:]))
