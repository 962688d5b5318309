"""Cleaning of texts, for any text model.

Broken Unicode, markup, emoji, hashtags and elongated words are repaired or spelt out. Links and user names become one
token each, because the words in them do not express a mood.
"""

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from anymood.preparation.html_text import HtmlText
from anymood.preparation.words import plain_word, split_words

if TYPE_CHECKING:
    from ftfy import TextFixerConfig

MAX_CHARACTERS = 10_000  # of a text: about 2,000 words; a tweet has 280 characters

LINK = "http"  # replaces a link, as in TweetEval (Barbieri et al. 2020)
USER = "@user"  # replaces a user name, as in TweetEval

_MAX_EMOJI = 64  # code points read of an unbroken run of emoji
_MAX_MARKS = 3  # of the same punctuation mark in a row

# The only characters beyond ASCII in most English posts. A text without others needs no repair.
_TYPOGRAPHY = {
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{NO-BREAK SPACE}": " ",
}
_TYPOGRAPHIC = re.compile(f"[{''.join(_TYPOGRAPHY)}]")

# HTML of Mastodon's API and old scrapers. Only elements that occur there: "<3" and "<me>" are text.
_ELEMENTS = "a|b|blockquote|br|code|del|div|em|font|h[1-6]|hr|i|img|ins|li|ol|p|pre|s|small|span|strong|sub|sup|u|ul"
_TAG = re.compile(rf"</?(?:{_ELEMENTS})(?:\s[^<>]*)?/?>", re.IGNORECASE)

# Quoted lines, as in e-mails, Markdown and chats:
# "> so sad", ">so sad", ">> so sad", "&gt; so sad"; not ">:(", ">_<", "> 5", nor ">!so sad!<", a spoiler of the author.
_QUOTED = re.compile(r"^[ \t]*(?:>|&gt;)(?![ \t]*\d)(?:[ \t>]|&gt;|(?=[^\W_])).*$", re.MULTILINE)
# "On Mon, 15 Jan 2024 at 10:30, Bo <bo@example.org> wrote:" before the quote.
_INTRODUCED = re.compile(
    r"^[^\n]{0,200}\d[^\n]{0,200}\b"
    r"(?:wrote|schrieb|écrit|escribió|escreveu|scritto|schreef)\b[^\n]{0,100}:[ \t\r]*\n\s*"
    r"(?=>|&gt;)",
    re.MULTILINE,
)
_OWN_WORD = re.compile(r"[^\W_]|[\U0001f000-\U0001faff\u2600-\u27bf]")  # in what is not quoted

# [words](address) and ![description](address) of Markdown, with an optional title.
_MARKDOWN_LINK = re.compile(r"(!?)\[([^\[\]]*)\]\((?:https?://|www\.|/|#)[^\s()]*(?:\s+\"[^\"]*\")?\)")

# Few posts need these substitutions, so each is preceded by a faster test: for a substring, or with a pattern that
# begins with a literal or a character set, which Python finds quickly.

_LINK = re.compile(
    r"(?=[hpwt])(?:"
    r"(?:https?://|(?<![\w.])www\.|(?<![\w.])pic\.twitter\.com/|(?<![\w.])t\.co/)\S+"
    r"|(?<!\w)https?:?/{0,2}(?:\.\.\.)?(?!\S)"  # truncated, as in old retweets
    r"|(?<!\w)htt?p?s?:?/{0,2}\.\.\.(?!\S))",
    re.IGNORECASE,
)
# The second part has the dots of Instagram and TikTok and the domains of Bluesky, in small letters because a sentence
# may follow without a space; the third is the server of a Mastodon name.
_USER = re.compile(r"@(?<![\w@/.]@)\w+(?:(?:-[a-z0-9_-]*)?\.[a-z0-9_-]*[a-z0-9_](?!\w))*(?:@[\w.-]*\w)*")
_SIGNS_AGAIN = re.compile(rf"(?<!\S)({USER}|{LINK})(?: \1)+(?!\S)")
_SIGNS_ALONE = re.compile(rf"\s*(?:(?:{USER}|{LINK})(?:\s+|$))*")

# Emoji, with their joiners, variation selectors, keycaps and tags.
_EMOJI_RUN = re.compile("[©®‼-⯿〰〽㊗㊙\U0001f000-\U0001faff\u200d\ufe0f\u20e3\U000e0020-\U000e007f]+")
_SKIN_TONE = re.compile("[\U0001f3fb-\U0001f3ff]")
# A repeated emoji; not the letter pairs of flags, which may be twice the same.
_REPEATED = re.compile("([^\U0001f1e6-\U0001f1ff]{1,8}?)\\1+")

# With the names of the emoji that phones replace them with, so that both are the same words.
_EYES = r"(?::|(?<!\w)=)"  # a=(1) and Re:(update) are not emoticons
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
# Part of every emoticon. One alternative for each kind of eyes, because the engine does not scan for sets within
# alternatives.
_FACE_PART = re.compile(r":{0}|;{0}|={0}|\(-?[:=]|\^|_|</?3|xD|XD|o\.O|O\.o".format(r"'?-?[()\[\]DpPoO/\\|*]"))
# User names contain no emoticons.
_EMOTICON = re.compile("(?=[:;=<>(^xXToO@-])(?:@\\w+|" + "|".join(f"({pattern})" for pattern in _EMOTICONS) + ")")
_EMOTICON_NAMES = [f" {name} " for name in _EMOTICONS.values()]

_HASHTAG = re.compile(r"#(?<![\w/&#]#)(?!\d+(?!\w))(\w+)")  # "#1" is a rank, not a hashtag
# A topic of Weibo, #周末#, whose signs may touch words without blanks. C# and F#, #a #b and #a#b are none.
_OTHER_WORD = r"[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"  # not Chinese, Japanese or Korean
_TOPIC = re.compile(rf"#(?<!{_OTHER_WORD}#)(?<![/&]#)(\w[^\s#]*)#(?!{_OTHER_WORD})")
_HUMP = re.compile(r"(?<=[^\W\d_][a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_+")  # iPhone stays, NBAFinals is NBA Finals

_THREE_ALIKE = re.compile(r"(.)\1\1")
_ELONGATED = re.compile(r"([^\W\d_])\1\1")  # a letter three times in a row
_LETTERS = re.compile(r"[^\W\d_]+")
_MARKS = re.compile(rf"([!?.,~*_=-])\1{{{_MAX_MARKS},}}")

# Contractions written without the apostrophe. "wont" and "cant" are also words, but rare in posts; "dont" is French.
_VERBS = "is|are|was|were|do|does|did|ca|could|would|should|wo|have|has|had|ai"
_NEGATED = re.sub(r"\w+", r"(?<=(?<![\\w'])\g<0>n)", _VERBS)
_CONTRACTION = re.compile(rf"[nN](?=[tT](?![\w']))(?i:{_NEGATED})")  # the n, which is found faster than the verb
_FRENCH = re.compile(
    r"[àâçéèêëîïôûùœ]"
    r"|\bdont (?:l[ae]s?|l'|je|j'|tu|ils?|elles?|on|nous|vous|une?|ce|cette|ces|s[ao]n?|ses|m[ao]n?|mes)\b",
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """Clean a text.

    - HTML is reduced to its text, and a Markdown link to its words; entities become characters.
    - Quoted lines (``> ...``) are removed, unless there are no others.
    - Mojibake is decoded, and typographic and ornamental letters become plain ones. Control and invisible characters
      are removed, and whitespace becomes single spaces.
    - Links become ``http`` and user names ``@user``; consecutive ones become a single one.
    - Emoji and emoticons become words, without skin tones, so that predictions do not depend on them.
    - ``#BestDayEver`` and ``#bestdayever`` become ``Best Day Ever`` and ``best day ever``, and topics of Weibo
      (``#周末#``) lose both signs.
    - An elongated word becomes the plain one, ``isnt`` becomes ``isn't``, and repeated punctuation is reduced to three
    marks.

    Never raises. Takes milliseconds for a text of any length: characters beyond ``MAX_CHARACTERS`` are ignored.
    """
    text = _characters(text[:MAX_CHARACTERS])
    lower = text.lower()
    if "http" in lower or "www." in lower or ".co" in lower or "..." in lower:
        text = _LINK.sub(f" {LINK} ", text)
    if _FACE_PART.search(text):
        text = _EMOTICON.sub(lambda face: _EMOTICON_NAMES[face.lastindex - 1] if face.lastindex else face[0], text)
    if "@" in text:
        text = _USER.sub(USER, text)
    if "#" in text:
        text = _TOPIC.sub(r" #\1 ", text)
        text = _HASHTAG.sub(lambda hashtag: _hashtag_words(hashtag[1]), text)
    text = " ".join(_words(text).split())
    if f"{USER} {USER}" in text or f"{LINK} {LINK}" in text:
        text = _SIGNS_AGAIN.sub(r"\1", text)
    return text[:MAX_CHARACTERS].strip()


def without_quotes(text: str) -> str:
    """The text with spaces in place of quoted lines (``> ...``), so that it keeps its length.

    They are the words of someone else, and the reply often has the opposite sentiment. A text that only consists of
    quoted lines is returned unchanged.
    """
    if ">" not in text and "&gt;" not in text:
        return text
    own = _QUOTED.sub(_blanks, _INTRODUCED.sub(_blanks, text))
    return own if _OWN_WORD.search(own) else text


def has_words(cleaned: str) -> bool:
    """Whether a cleaned text contains more than links and user names."""
    return _SIGNS_ALONE.fullmatch(cleaned) is None


def _characters(text: str) -> str:
    """The text without markup, escapes and unprintable characters, with emoji as words."""
    if "<" in text and _TAG.search(text):
        text = HtmlText.of(text)
    if "&" in text:
        text = _unescaped(text)
    if ">" in text:
        text = without_quotes(text)
    if "](" in text:
        text = _MARKDOWN_LINK.sub(lambda link: "" if link[1] else link[2], text)
    if not text.isascii():
        text = _EMOJI_RUN.sub(lambda run: _spelt_out(run[0][:_MAX_EMOJI]), _repaired(text))[:MAX_CHARACTERS]
    if not text.isprintable() and not "".join(text.split()).isprintable():
        text = "".join(character for character in text if character.isprintable() or character.isspace())
    return text


def _words(text: str) -> str:
    """The text with standard spelling of elongated words, repeated punctuation and contractions."""
    if _THREE_ALIKE.search(text):
        if _ELONGATED.search(text):  # then word by word: a single pattern would take quadratic time
            text = _LETTERS.sub(lambda word: plain_word(word[0]) if _ELONGATED.search(word[0]) else word[0], text)
        text = _MARKS.sub(lambda marks: marks[1] * _MAX_MARKS, text)
    if "nt" in text.lower():
        text = _CONTRACTION.sub(lambda match: _contraction(match, text), text)
    return text


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _unescaped(text: str) -> str:
    from ftfy.fixes import unescape_html

    while (plain := unescape_html(text)) != text:  # &amp;lt; has been escaped twice
        text = plain
    return text


def _repaired(text: str) -> str:
    plain = _plain_typography(text)
    if plain.isascii():
        return plain
    import ftfy

    fixed = ftfy.fix_text(text, _repairs())
    return fixed.replace("\N{REPLACEMENT CHARACTER}", " ")


def _plain_typography(text: str) -> str:
    return _TYPOGRAPHIC.sub(lambda match: _TYPOGRAPHY[match[0]], text)


@cache
def _repairs() -> "TextFixerConfig":
    from ftfy import TextFixerConfig

    return TextFixerConfig(
        explain=False,
        unescape_html=False,
        remove_terminal_escapes=False,
        # NFKC, not NFC: it also converts ornamental letters to those of the vocabulary, as well
        # as ligatures and wide letters, which ftfy would look for first, a table look-up for every character.
        normalization="NFKC",
        fix_latin_ligatures=False,
        fix_character_width=False,
    )


@lru_cache(maxsize=4096)
def _spelt_out(run: str) -> str:
    """Words for a run of emoji; a repeated one is named once."""
    import emoji

    bare = _REPEATED.sub(r"\1", _SKIN_TONE.sub("", run).replace("\N{COMBINING ENCLOSING KEYCAP}", ""))
    return _plain_typography(emoji.demojize(bare, delimiters=(" ", " ")).replace("_", " "))


@lru_cache(maxsize=2**15)
def _hashtag_words(hashtag: str) -> str:
    words = _HUMP.sub(" ", hashtag)
    return split_words(hashtag) if words == hashtag else words


def _contraction(match: re.Match[str], text: str) -> str:
    is_dont = text[: match.start()][-2:].lower() == "do"
    return match[0] if is_dont and _FRENCH.search(text) else f"{match[0]}'"
