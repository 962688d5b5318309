"""Links of the repository's files, and the check of links that ``make docs`` does."""

from environments import ROOT

import links


def test_files_of_the_repository_are_linked_by_their_paths():
    assert list(links.broken_in_repository(ROOT)) == []


def test_broken_links_are_found(tmp_path):
    (tmp_path / "README.md").write_text(
        "# A `b`, c [d](b.md)\n[a](gone.md) [b](b.md#x) [c](https://example.org) [e](#a-b-c-d)\n```\n[d](d.md)\n```\n"
    )
    (tmp_path / "b.md").write_text("# y\n```\n# x\n```\n")
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "a.md").write_text("[y](../b.md#y) [z](../b.md#z)")
    assert list(links.broken_in_repository(tmp_path)) == [
        "README.md: gone.md: there is no such file",
        "README.md: b.md#x: the file has no such heading",
        "recipes/a.md: ../b.md#z: the file has no such heading",
    ]
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "index.html").write_text('<h1 id="x"></h1><a href="../">up</a><img src="c.png">')
    (tmp_path / "index.html").write_text('<a href="b/#x">1</a><a href="b/#y">2</a><a href="https://example.org">3</a>')
    assert list(links.broken_in_site(tmp_path)) == [
        "b/index.html: c.png: there is no such page",
        "index.html: b/#y: the page has no such heading",
    ]
