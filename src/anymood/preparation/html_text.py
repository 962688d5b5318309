"""The text of HTML."""

from html.parser import HTMLParser

_BLOCKS = frozenset(["blockquote", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"])


class HtmlText(HTMLParser):
    """Collects the text of HTML: block elements begin a new line, and quoted lines begin with ``QUOTE``."""

    QUOTE = "> "

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._quotes = 0  # open elements

    @classmethod
    def of(cls, markup: str) -> str:
        """The text of a fragment of HTML, valid or not."""
        parser = cls()
        parser.feed(markup)
        parser.close()
        return "".join(parser._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a new line at a block element."""
        self._quotes += tag == "blockquote"
        if tag in _BLOCKS:
            self.add("\n")

    def handle_endtag(self, tag: str) -> None:
        """Begin a new line after a block element."""
        self._quotes = max(0, self._quotes - (tag == "blockquote"))
        if tag in _BLOCKS:
            self.add("\n")

    def handle_data(self, data: str) -> None:
        """Add text of an element."""
        if self._quotes and data.strip() and "".join(self._parts[-1:])[-1:] in ("", "\n"):
            self.add(self.QUOTE)
        self.add(data.replace("\n", " ") if self._quotes else data)

    def add(self, text: str) -> None:
        """Add a piece of the text."""
        self._parts.append(text)
