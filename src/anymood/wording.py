"""Counts with their nouns, for messages."""

from collections.abc import Mapping


def plural(number: int, noun: str) -> str:
    """``1 post``, ``2,000 posts``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def counted(counts: Mapping[str, int]) -> str:
    """Counts in one line: ``3 missing image, 1 truncated``."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
