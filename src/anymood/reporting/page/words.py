"""Section: words that distinguish the labels."""

from collections.abc import Mapping, Sequence

from anymood.reporting.page.markup import colours, element, isolated, percent, swatch, table
from anymood.reporting.results import DistinctiveWord, Report


def words_section(report: Report) -> str:
    """A table of words for each label."""
    found = word_tables(report.words, colours(report.labels))
    if not found:
        return ""
    explained = (
        "Words that are more frequent in posts of one label than in all others, ranked by log-odds with a Dirichlet "
        "prior (Monroe et al. 2008). A text that was copied counts once."
    )
    return element("p", explained, cls="soft") + found


def word_tables(words: Mapping[str, Sequence[DistinctiveWord]], colour_of: Mapping[str, str] | None = None) -> str:
    """A table for each set of posts that has such words; empty if none has."""
    panels = []
    for name, found in words.items():
        if found:
            rows = [
                [isolated(each.word), f"{each.posts:,}", percent(each.share, 1), percent(each.elsewhere, 1)]
                for each in found
            ]
            dot = "" if colour_of is None else swatch(colour_of[name])
            title = element("p", dot + isolated(name), cls="panel")
            made = table(["word", "posts", "here", "elsewhere"], rows, label=f"Words of {name}", numbers=3, cls="words")
            panels.append(element("div", title + made))
    return element("div", panels, cls="panels") if panels else ""
