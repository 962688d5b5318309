"""A model's card, from Markdown to HTML."""

from markdown_it import MarkdownIt


def card_to_html(markdown: str) -> str:
    """HTML of a card; HTML within it is shown as text, and images are left out."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    return str(reader.render(markdown))
