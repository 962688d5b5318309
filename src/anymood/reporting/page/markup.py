"""Building blocks of HTML, which escape all values of posts, and the frame of a page."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from anymood import wording
from anymood.labels import LabelSet
from anymood.wording import short_label

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
MIN_LINKED_SECTIONS = 4  # sections, for links to them at the top
# Colours for all types of colour vision (after Okabe & Ito 2008), as variables of page.css.
BY_POLARITY = {-1: "unpleasant", 0: "middle", 1: "pleasant"}
BY_NAME = {
    "anger": "red", "joy": "orange", "happiness": "orange", "sadness": "blue", "fear": "purple", "surprise": "sky",
    "disgust": "green", "neutral": "grey",
}  # fmt: skip
COLOURS = ("blue", "red", "green", "purple", "orange", "sky", "grey", "navy", "pink", "lime", "brown", "violet")
TINT = 0.55  # part of a colour in the next one, which is closer to the background


def colours(labels: Sequence[str]) -> dict[str, str]:
    """A colour name per label; from the thirteenth on, ones closer to the background, such as ``blue-1``."""
    label_set = LabelSet(tuple(labels))
    polarities = [label_set.polarity(label) for label in labels]
    if None not in polarities and len(set(polarities)) == len(labels):
        return {label: BY_POLARITY[p] for label, p in zip(labels, polarities, strict=True) if p is not None}
    chosen: dict[str, str] = {}
    for label in labels:
        usual = BY_NAME.get(label.casefold())
        if usual is not None and usual not in chosen.values():
            chosen[label] = usual
    free = [colour for colour in COLOURS if colour not in chosen.values()]
    free += [f"{colour}-{step}" for step in range(1, len(labels) // len(COLOURS) + 1) for colour in COLOURS]
    chosen |= zip((label for label in labels if label not in chosen), free, strict=False)
    return chosen


def paint(colour: str) -> str:
    """The value in CSS of a colour name."""
    name, _, step = colour.partition("-")
    if not step:
        return f"var(--{name})"
    return f"color-mix(in oklab, var(--{name}) {100 * TINT ** int(step):.0f}%, var(--ground))"


def escaped(value: object) -> str:
    """A value as HTML text, without control characters."""
    return escape(
        "".join(sign for sign in str(value) if unicodedata.category(sign) not in ("Cc", "Cs") or sign == "\n")
    )


def isolated_label(label: str) -> str:
    """A label, shortened if it is long, isolated from the writing direction of the line."""
    return isolated(short_label(label))


def element(name: str, content: Iterable[str] | str = "", **attributes: object) -> str:
    """An HTML element; ``cls`` is its class, attributes that are None are omitted, ``_`` in names is a hyphen."""
    written = "".join(
        f' {"class" if key == "cls" else key.replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = content if isinstance(content, str) else "".join(content)
    return f"<{name}{written}>{inner}</{name}>"


def isolated(value: object) -> str:
    """Text isolated from the writing direction of the line."""
    return element("bdi", escaped(value), dir="auto")


def swatch(colour: str) -> str:
    """A dot in a colour."""
    return f'<span class="swatch" style="--c: {paint(colour)}" aria-hidden="true"></span>'


def percent(share: float, digits: int = 0) -> str:
    """A share as a percentage; ``<1%`` for a small one that is not 0."""
    value, least = 100 * share, 10.0**-digits
    if 0 < value < least / 2:
        return f"&lt;{least:g}%"
    return f"{value:.{digits}f}%"


def points(difference: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    return wording.points(difference).replace("-", "\u2212")


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    caption: str | None = None,
    label: str | None = None,
    numbers: int | range = 0,
    cls: str = "",
) -> str:
    """A table of HTML cells; the first cell of each row is a heading.

    Args:
        head: headings of the columns.
        rows: cells.
        caption: caption.
        label: accessible name, unique on the page; by default the caption.
        numbers: columns with numbers; an integer for so many at the end.
        cls: class of the table.
    """
    of_numbers = numbers if isinstance(numbers, range) else range(len(head) - numbers, len(head))
    headings = "".join(
        element("th", cell, scope="col", cls="num" if place in of_numbers else None) for place, cell in enumerate(head)
    )
    body = "".join(
        element(
            "tr",
            (
                element("th", cell, scope="row")
                if place == 0
                else element("td", cell, cls="num" if place in of_numbers else None)
                for place, cell in enumerate(row)
            ),
        )
        for row in rows
    )
    title = "" if caption is None else element("caption", caption)
    content = element("table", f"{title}<thead><tr>{headings}</tr></thead><tbody>{body}</tbody>", cls=cls or None)
    return element("div", content, cls="wide", tabindex="0", role="region", aria_label=label or caption or "Table")


def markdown(text: str, *, images: bool) -> str:
    """Markdown as HTML; HTML in it is escaped, and ``images`` are kept or omitted."""
    from markdown_it import MarkdownIt  # only pages with Markdown wait for it

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    return str((reader if images else reader.disable("image")).render(text))


def details(summary: str, content: str) -> str:
    """Content below a summary that can be expanded."""
    return element("details", element("summary", summary) + content)


def interval(low: float, high: float, digits: int = 0) -> str:
    """An interval of shares: ``31 to 38%``."""
    return f"{100 * low:.{digits}f} to {100 * high:.{digits}f}%"


def days(first: str, last: str) -> str:
    """The days of two times, or the one day of both; a line can only break between them."""
    both = dict.fromkeys(element("span", escaped(time[:10]), cls="date") for time in (first, last))
    return " to ".join(both)


def labelled_swatch(colour: str, name: str) -> str:
    """A dot in a colour, with its name."""
    return swatch(colour) + isolated(name)


def legend(entries: Iterable[str]) -> str:
    """A legend of colours."""
    return element("ul", (element("li", entry) for entry in entries), cls="legend")


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
    contents = element("nav", links, aria_label="Sections") if len(sections) >= MIN_LINKED_SECTIONS else ""
    header = element("header", element("h1", isolated(title)) + element("p", " · ".join(facts), cls="soft") + contents)
    body = "".join(
        element(
            "section",
            element("h2", escaped(section.title), id=f"section-{number}") + section.content,
            aria_labelledby=f"section-{number}",
        )
        for number, section in enumerate(sections, 1)
    )
    foot = f"Made with anymood {escaped(version)}. This page is self-contained."
    return (
        f'<!doctype html><html lang="en"><head>{head}</head><body>{header}'
        f"{element('main', body)}{element('footer', foot)}</body></html>\n"
    )
