"""Reference pages that the program writes, and the site's navigation."""

import re

import pytest
from environments import ROOT

import reference_pages


@pytest.mark.parametrize("name", reference_pages.PAGES)
def test_pages_are_those_of_the_program(name):
    page = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert page == reference_pages.PAGES[name](), "python tools/reference_pages.py writes it anew"


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2].partition("\n\n")[0]
    named = sorted(re.findall(r"[\w/-]+\.md", navigation))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert named == sorted(page for page in pages if not re.match(r"results/\w+/", page))
