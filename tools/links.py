"""Links between the pages of the built site, and between the files of the repository."""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:)([^)\s]+)\)")


class _Page(HTMLParser):
    """The links of a page, and the names that links to it may have behind ``#``."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = {"", "__top"}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            elif name in ("href", "src") and value and tag != "base":
                self.links.append(value)


@cache
def _page(path: Path) -> _Page:
    return _Page(path)


def broken_in_site(site: Path) -> Iterator[str]:
    """Links from a page to a page, file or heading of the site that is not there."""
    for path in sorted(site.rglob("*.html")):
        if path.name == "404.html":  # shown at any depth, so its links begin at the root of the host
            continue
        for link in dict.fromkeys(_page(path).links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            where = f"{path.relative_to(site)}: {link}"
            if not target.is_file():
                yield f"{where}: there is no such page"
            elif target.suffix == ".html" and unquote(parts.fragment) not in _page(target).anchors:
                yield f"{where}: the page has no such heading"


def broken_in_repository(root: Path) -> Iterator[str]:
    """Links from a Markdown file to a file of the repository that is not there."""
    files = [
        *root.glob("*.md"),
        *(path for folder in ("docs", "examples", "src") for path in root.glob(f"{folder}/**/*.md")),
    ]
    for path in sorted(files):
        text = FENCED.sub("", path.read_text(encoding="utf-8"))
        for link in LINK.findall(text):
            file = unquote(link.partition("#")[0])
            if file and not (path.parent / file).exists():
                yield f"{path.relative_to(root)}: {link}: there is no such file"
