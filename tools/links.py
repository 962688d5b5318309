"""Links between the pages of the built site, and between the files of the repository."""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:)([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
BUILT = {"build", "dist", "runs", "site"}  # folders that git ignores


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


@cache
def _text(path: Path) -> str:
    """The text of a Markdown file without its examples."""
    return FENCED.sub("", path.read_text(encoding="utf-8"))


def _anchors(path: Path) -> set[str]:
    """Names of the headings of a Markdown file in links, as GitHub and the site make them."""
    headings = (re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading) for heading in HEADING.findall(_text(path)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_in_repository(root: Path) -> Iterator[str]:
    """Links from a Markdown file to a file of the repository, or to a heading of such a file, that is not there."""
    folders = [each for each in root.iterdir() if each.is_dir() and each.name[0] != "." and each.name not in BUILT]
    files = [*root.glob("*.md"), *(path for folder in (*folders, root / ".github") for path in folder.rglob("*.md"))]
    for path in sorted(files):
        for link in LINK.findall(_text(path)):
            file, _, anchor = unquote(link).partition("#")
            target = path.parent / file if file else path
            where = f"{path.relative_to(root)}: {link}"
            if not target.exists():
                yield f"{where}: there is no such file"
            elif anchor and target.suffix == ".md" and anchor not in _anchors(target):
                yield f"{where}: the file has no such heading"
