"""Quoted lines of a text: ``> ...``, as in e-mails, Markdown and chats.

They are the words of someone else, and the reply often has the opposite sentiment.
"""

import re

# "> so sad", ">so sad", ">> so sad", "&gt; so sad"; not ">:(", ">_<", "> 5", nor ">!so sad!<", a spoiler of the author.
_QUOTED = re.compile(r"^[ \t]*(?:>|&gt;)(?![ \t]*\d)(?:[ \t>]|&gt;|(?=[^\W_])).*$", re.MULTILINE)
# "On Mon, 15 Jan 2024 at 10:30, Bo <bo@example.org> wrote:" before the quote.
_INTRODUCED = re.compile(
    r"^[^\n]{0,200}\d[^\n]{0,200}\b"
    r"(?:wrote|schrieb|écrit|escribió|escreveu|scritto|schreef)\b[^\n]{0,100}:[ \t\r]*\n\s*"
    r"(?=>|&gt;)",
    re.MULTILINE,
)
_WORD = re.compile(r"[^\W_]|[\U0001f000-\U0001faff\u2600-\u27bf]")


def without_quotes(text: str) -> str:
    """The text with spaces in place of quoted lines, so that it keeps its length.

    A text that only consists of quoted lines is returned unchanged.
    """
    if ">" not in text and "&gt;" not in text:
        return text
    own = _QUOTED.sub(_blanks, _INTRODUCED.sub(_blanks, text))
    return own if _WORD.search(own) else text


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match[0])
