"""Counts with their nouns and shortened texts, for messages; words to compare."""

import unicodedata
from collections.abc import Mapping, Sequence

MAX_LABEL_LENGTH = 60  # characters of a label in a message or on a page
NAMES_SHOWN = 3  # of the files that a message is about


def plural(number: int, noun: str) -> str:
    """``1 post``, ``2,000 posts``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def points(difference: float) -> str:
    """A difference of shares or probabilities in percentage points, with its sign: ``+12.3``."""
    return f"{100 * difference:+.1f}".replace("-0.0", "+0.0")


def counted(counts: Mapping[str, int]) -> str:
    """Counts in one line: ``3 missing image, 1 truncated``."""
    return ", ".join(f"{count:,} {short_label(name)}" for name, count in counts.items())


def listed(names: Sequence[str]) -> str:
    """The first names in one line: ``a.csv, b.csv, c.csv and 2 more``."""
    left = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {left:,} more" if left > 0 else "")


def shorten(text: str, most: int, *, in_a_line: bool = True) -> str:
    """A text without unprintable characters and, by default, line breaks; truncated to ``most``."""
    plain = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)
    plain = " ".join(plain.split()) if in_a_line else plain.strip()
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def short_label(label: str) -> str:
    """A label, shortened for display if it is as long as a sentence."""
    return shorten(label, MAX_LABEL_LENGTH)


def without_accents(text: str) -> str:
    """A text without accents and vowel signs, of which writers and systems leave some out: ``fevrier``, ``Gonderi``."""
    marked = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(sign for sign in marked if unicodedata.category(sign) != "Mn"))
