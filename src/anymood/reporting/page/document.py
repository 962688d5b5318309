"""The frame of a page: head, title, sections, footer."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from anymood.reporting.page.markup import element, escaped, isolated

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
FEWEST_LINKED = 4  # sections from which on a page has links to them


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a page: its title, and its content as HTML."""

    title: str
    content: str


def document(title: str, facts: Sequence[str], sections: Sequence[Section], version: str) -> str:
    """A whole page.

    Args:
        title: plain text.
        facts: HTML below the title.
        sections: sections in order.
        version: version of anymood.
    """
    style = (files("anymood.reporting.page") / "page.css").read_text(encoding="utf-8")
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<meta name="generator" content="anymood {escaped(version)}">'
        f"<title>{escaped(title)}</title><style>{style}</style>"
    )
    links = [
        element("a", escaped(section.title), href=f"#section-{number}") for number, section in enumerate(sections, 1)
    ]
    contents = element("nav", links, aria_label="Sections") if len(sections) >= FEWEST_LINKED else ""
    header = element("header", element("h1", isolated(title)) + element("p", " · ".join(facts), cls="soft") + contents)
    body = "".join(
        element(
            "section",
            element("h2", escaped(section.title), id=f"section-{number}") + section.content,
            aria_labelledby=f"section-{number}",
        )
        for number, section in enumerate(sections, 1)
    )
    foot = f"Made with anymood {escaped(version)}. This page is complete: it loads nothing else."
    return (
        f'<!doctype html><html lang="en"><head>{head}</head><body>{header}'
        f"{element('main', body)}{element('footer', foot)}</body></html>\n"
    )
