"""The words of a text as written, by their indices.

Preparation changes a text before the model reads it: links, emoji and hashtags become words. Therefore words are
removed from the original text, and the rest is prepared again. Indices refer to the original text.
"""

import re
from typing import NamedTuple

# Scripts without blanks between words: no dictionary is used, so that units are short rather than right.
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_SOUTH_EAST_ASIA = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
# Vowels and tones of those four scripts that stand above, below or behind a consonant, and belong to it
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
    """A part of a text that is removed as a unit.

    Attributes:
        start: index of its first character in the text.
        end: index after its last character.
    """

    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """The words of a text in order, without blanks.

    Punctuation belongs to the word before it, or to the one it opens; if it stands alone, like ``:)``, it is a word. A
    link, a user name, a hashtag and a run of emoji are one word each. In scripts without blanks, a word is a Chinese
    character, up to four kana, or up to three syllables of Thai, Lao, Burmese and Khmer.
    """
    return [Word(*found.span()) for found in _UNIT.finditer(text)]


def without(text: str, left_out: list[Word]) -> str:
    """A text without some of its words.

    Each is replaced by a blank, so that its neighbours are not joined, except in scripts without blanks.

    Args:
        text: the text.
        left_out: words of it, in order.
    """
    parts = []
    end = 0
    for word in left_out:
        parts.append(text[end : word.start])
        if not _UNSPACED.search(text, word.start, word.end):
            parts.append(" ")
        end = word.end
    return "".join((*parts, text[end:]))
