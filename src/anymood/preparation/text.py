"""Any text a post may bring, as the token ids a network reads.

Two steps. ``clean`` mends and spells out what no text model should have to guess: broken Unicode, entities, emoji.
The tokenizer, a file of the bundle, knows what the words of this model are: normaliser, splitter, vocabulary.

Shapes: B posts, T tokens.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from anymood.errors import DamagedBundle, SettingError

MAX_CHARACTERS = 10_000  # of a text: some 2,000 words, where a long tweet has 280 characters
MAX_TOKENS = 128

PAD = "<pad>"  # id 0 of a word vocabulary
UNKNOWN_WORD = "<unk>"  # id 1
PADDING = (PAD, "[PAD]")

_MAX_EMOJI = 64  # code points read of an unbroken run of emoji

# All that most English posts have beyond ASCII. Where this is all there is, nothing is broken, and no repair is needed.
_TYPOGRAPHY = str.maketrans(
    {
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{NO-BREAK SPACE}": " ",
    }
)

# Where emoji stand, with the joiners, variation selectors, keycaps and tags that belong to them.
_EMOJI_RUN = re.compile("[©®‼-⯿〰〽㊗㊙\U0001f000-\U0001faff\u200d\ufe0f\u20e3\U000e0020-\U000e007f]+")
_SKIN_TONE = re.compile("[\U0001f3fb-\U0001f3ff]")
_REPEATED = re.compile(
    "([^\U0001f1e6-\U0001f1ff]{1,8}?)\\1+"
)  # not the letter pairs of flags, which may be twice the same

# Named like the emoji that phones make of them, so that both are the same words.
_EYES = r"(?::|(?<!\w)=)"  # a=(1) is no face, and neither is Re:(update)
_EMOTICONS = {
    r"</3+(?!\d)": "broken heart",
    r"<3+(?!\d)": "red heart",
    rf">{_EYES}-?[(\[]+(?!\w)": "angry face",
    rf"{_EYES}'-?[(\[]+(?!\w)": "crying face",
    rf"{_EYES}'-?[)\]D]+(?!\w)": "face with tears of joy",
    r"[:=]-?[)\]]+|(?<!\S)\(-?[:=](?!\w)": "smiling face",
    rf"{_EYES}-?[(\[]+(?!\w)": "frowning face",
    rf"{_EYES}-?D+(?!\w)": "grinning face",
    r";-?[)\]D]+(?!\w)": "winking face",
    rf"(?:{_EYES}|;)-?[pP]+(?!\w)": "face with tongue",
    r"(?<!\w):-?[/\\](?![/\w])": "confused face",
    r":-?\|(?!\w)": "neutral face",
    r"(?<!\w):-?[oO](?!\w)": "face with open mouth",
    r":-?\*(?![\w*])": "face blowing a kiss",
    r"(?<!\w)[xX]D+(?!\w)": "grinning squinting face",
    r"\^[_.-]?\^": "smiling face with smiling eyes",
    r"-_+-": "expressionless face",
    r"(?<!\w)(?:T_+T|;_+;)(?!\w)": "loudly crying face",
    r"(?<!\w)(?:[oO]_[oO]|o\.O|O\.o)(?!\w)": "face with raised eyebrow",
}
_LINK = r"https?://\S+|www\.\S+"  # in which nothing is a face
_EMOTICON = re.compile(f"(?=[:;=<>(^xXToOhw-])(?:{_LINK}|" + "|".join(f"({pattern})" for pattern in _EMOTICONS) + ")")
_EMOTICON_NAMES = [f" {name} " for name in _EMOTICONS.values()]

_HASHTAG = re.compile(r"(?<![\w/])#\w+")  # not within a link
_HUMP = re.compile(r"(?<=[^\W\d_][a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # iPhone stays, NBAFinals is NBA Finals


def clean(text: str) -> str:
    """Mend a text and spell out its signs, for any text model.

    Entities become characters, mojibake what was meant, typographic and ornamental letters plain
    ones; emoji and emoticons become words, which word vectors know; ``#BestDayEver`` becomes
    ``#Best Day Ever``; control and invisible characters go, whitespace is single spaces. Skin tones
    go too: what a post is scored must not hang on them. Never raises, and takes milliseconds however
    long the text: what lies beyond ``MAX_CHARACTERS`` is not looked at.
    """
    text = text[:MAX_CHARACTERS]
    if "&" in text:
        text = _unescaped(text)
    if not text.isascii():
        text = _EMOJI_RUN.sub(lambda found: _spelt_out(found[0][:_MAX_EMOJI]), _repaired(text))[:MAX_CHARACTERS]
    if not text.isprintable():
        text = "".join(character for character in text if character.isprintable() or character.isspace())
    text = _EMOTICON.sub(lambda found: _EMOTICON_NAMES[found.lastindex - 1] if found.lastindex else found[0], text)
    if "#" in text:
        text = _HASHTAG.sub(lambda found: _HUMP.sub(" ", found[0]), text)
    return " ".join(text.split())[:MAX_CHARACTERS]


def build_word_tokenizer(texts: Iterable[str], size: int, min_count: int = 2) -> Tokenizer:
    """A tokenizer of whole words, with the vocabulary of the texts.

    Words are lower case and keep their accents, since without them they would miss the word vectors
    of most languages. Links, mentions and numbers become ``<url>``, ``<user>`` and ``<number>``; the
    marks of a retweet and a hashtag go. A contracted not is a word, ``don't`` is ``do not``: few
    words turn a sentiment round like this one. What is repeated more than twice is there twice:
    ``soo``, and of any number of exclamation marks two, each a token as every sign is.

    Args:
        texts: as written; ``clean`` is applied.
        size: words at most, ``<pad>`` (id 0) and ``<unk>`` (id 1) included; the most frequent stay,
            the first of the alphabet where counts are equal.
        min_count: a rarer word is unknown.

    Raises:
        SettingError: the size leaves no room for a word.
    """
    if size <= 2:
        raise SettingError(f"A vocabulary of {size} has no room for words beside {PAD} and {UNKNOWN_WORD}.")
    normalizer = normalizers.Sequence(
        [
            normalizers.Lowercase(),
            normalizers.Replace(Regex(r"https?://\S+|\bhtt\S*|\b(?:www|pic\.twitter)\.\S+"), " <url> "),  # htt: cut off
            normalizers.Replace(Regex(r"(?:\brt\s+)?(?<!\w)@\w+"), " <user> "),
            normalizers.Replace(Regex(r"\b\d+(?:[.,:]\d+)*\b"), " <number> "),
            normalizers.Replace(Regex(r"(?<!ca)n't\b|(?<=can)'t\b"), " not"),
            normalizers.Replace(Regex(r"(\S)(?=\1\1)|#(?=\w)"), ""),
        ]
    )
    # The names in angle brackets are matched whole, but <pad> and <unk> cannot be typed: they split into three.
    splitter = pre_tokenizers.Split(Regex(r"<(?:url|user|number)>|[^\W_]+(?:'[^\W_]+)*|\S"), "removed", invert=True)
    counts = Counter(
        word for text in texts for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(clean(text)))
    )
    frequent = sorted(
        (word for word, count in counts.items() if count >= min_count), key=lambda word: (-counts[word], word)
    )
    vocabulary = {word: index for index, word in enumerate([PAD, UNKNOWN_WORD, *frequent[: size - 2]])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN_WORD))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splitter
    return tokenizer


@dataclass(frozen=True)
class TextPreparation:
    """From a text to the token ids of a text encoder.

    Attributes:
        tokenizer: taken over and set up: it truncates, does not pad, and reads the name of a special
            token in a post as the plain text it is.
        max_tokens: ids at most of a text, special tokens such as [CLS] included.

    Raises:
        SettingError: max_tokens leaves no room for a word, or the tokenizer has no padding token.
    """

    tokenizer: Tokenizer
    max_tokens: int = MAX_TOKENS

    def __post_init__(self) -> None:
        if all(self.tokenizer.token_to_id(name) is None for name in PADDING):
            raise SettingError(f"The tokenizer has no padding token: none of {', '.join(PADDING)}.")
        if self.max_tokens <= self._specials:
            raise SettingError(f"max_tokens is {self.max_tokens}, which leaves no room for words. Raise it.")
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.max_tokens)
        self.tokenizer.encode_special_tokens = True

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> "TextPreparation":
        """Read a tokenizer.json, with the number of tokens it truncates to, or 128 where it does not.

        Raises:
            DamagedBundle: the file is missing or is no tokenizer.
        """
        try:
            tokenizer = Tokenizer.from_str(Path(path).read_text(encoding="utf-8"))
            truncation = tokenizer.truncation
            return cls(tokenizer, truncation["max_length"] if truncation else MAX_TOKENS)
        except FileNotFoundError:
            raise DamagedBundle(f"{path} is missing. Copy the model's folder anew.") from None
        except Exception as error:  # the tokenizers library raises bare Exception
            raise DamagedBundle(f"{path} is no usable tokenizer: {error} Copy the model's folder anew.") from error

    def save(self, path: str | PathLike[str]) -> None:
        """Write all of it as a tokenizer.json."""
        Path(path).write_text(self.tokenizer.to_str(), encoding="utf-8")

    def __reduce__(self) -> tuple[type["TextPreparation"], tuple[Tokenizer, int]]:
        return type(self), (self.tokenizer, self.max_tokens)  # a pickled tokenizer forgets a part of its setup

    @cached_property
    def pad_id(self) -> int:
        """The id that fills up shorter texts of a batch: 0 of a word vocabulary, that of [PAD] of a transformer."""
        return next(index for name in PADDING if (index := self.tokenizer.token_to_id(name)) is not None)

    @cached_property
    def _specials(self) -> int:
        return self.tokenizer.num_special_tokens_to_add(False)

    def encode(self, text: str) -> NDArray[np.int64]:
        """Token ids (T,) of a text as written; T is 0 when nothing is left of it after cleaning."""
        ids = self.tokenizer.encode(clean(text)).ids
        return np.array(ids if len(ids) > self._specials else [], dtype=np.int64)

    def encode_batch(self, texts: Iterable[str]) -> list[NDArray[np.int64]]:
        """Token ids of each text, the same as alone.

        One after the other: the library's own batches run in threads of its own, which no caller can
        count, and which make it complain as soon as a process forks, as the workers of training do.
        """
        return [self.encode(text) for text in texts]

    def pad(self, sequences: Sequence[NDArray[np.int64]], length: int | None = None) -> NDArray[np.int64]:
        """Token ids of B texts as (B, T), filled up at the end.

        Args:
            sequences: one array of ids a text, empty ones allowed.
            length: T; by default that of the longest, and at least 1.

        Raises:
            SettingError: a text is longer than length.
        """
        longest = max(map(len, sequences), default=0)
        width = max(longest, 1) if length is None else length
        if longest > width:
            raise SettingError(f"A text of {longest} tokens does not fit into {width}. Lower max_tokens.")
        batch = np.full((len(sequences), width), self.pad_id, dtype=np.int64)
        for row, ids in zip(batch, sequences, strict=True):
            row[: len(ids)] = ids
        return batch


def _unescaped(text: str) -> str:
    from ftfy.fixes import unescape_html

    while (plain := unescape_html(text)) != text:  # &amp;lt; has been escaped twice
        text = plain
    return text


def _repaired(text: str) -> str:
    plain = text.translate(_TYPOGRAPHY)
    if plain.isascii():
        return plain
    import ftfy

    # NFKC, not NFC: it also turns the letters that posts are ornamented with into those of the vocabulary.
    fixed = ftfy.fix_text(text, explain=False, unescape_html=False, remove_terminal_escapes=False, normalization="NFKC")
    return fixed.replace("\N{REPLACEMENT CHARACTER}", " ")


@lru_cache(maxsize=4096)
def _spelt_out(run: str) -> str:
    """Words for a run of emoji, one that is repeated named once."""
    import emoji

    bare = _REPEATED.sub(r"\1", _SKIN_TONE.sub("", run).replace("\N{COMBINING ENCLOSING KEYCAP}", ""))
    return emoji.demojize(bare, delimiters=(" ", " ")).replace("_", " ").translate(_TYPOGRAPHY)
