import json

import pytest


@pytest.fixture
def posts(tmp_path):
    path = tmp_path / "posts.csv"
    lines = [f"love {chr(97 + n)},positive\nsad {chr(97 + n)},negative" for n in range(12)]
    path.write_text("text,label\n" + "\n".join(lines) + "\nbest,positve\n", encoding="utf-8")
    return path


@pytest.fixture
def check(anymood, posts, bundle):
    """Run ``anymood check`` with the posts and further arguments."""
    return lambda *arguments: anymood("check", posts, "--model", bundle, "--no-label-errors", *arguments)


def test_as_text(check):
    code, out, _ = check()
    assert code == 0
    assert "25 rows, 25 labelled posts" in out
    assert "Labels with nearly the same name: 1" in out
    assert "posts.csv:26: best ('positve': 1 post, 'positive': 12 posts)" in out


def test_as_json_and_as_a_page_with_a_code_for_scripts(check, tmp_path):
    code, out, err = check("--json", "--strict", "-o", tmp_path / "c.html")
    assert code == 1
    assert json.loads(out)["findings"][0]["name"] == "similar labels"
    assert f"Written to {tmp_path / 'c.html'}" in err
    assert "<title>Check of posts.csv</title>" in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_an_existing_output_is_replaced_only_on_request(check, tmp_path):
    page = tmp_path / "c.html"
    page.write_text("mine", encoding="utf-8")
    code, _, err = check("-o", page)
    assert (code, page.read_text(encoding="utf-8")) == (1, "mine")
    assert "replace it with --overwrite" in err
    assert check("-o", page, "--overwrite")[0] == 0
    assert "<title>" in page.read_text(encoding="utf-8")


def test_an_output_that_cannot_be_written_is_reported_first(check):
    code, _, err = check("-o", "c.pdf")
    assert code == 1
    assert ".html, .htm or .json" in err


def test_findings_are_shown_if_the_disk_is_full(check, tmp_path, full_disk):
    code, out, err = check("-o", tmp_path / "c.html")
    assert code == 1
    assert "25 rows, 25 labelled posts" in out
    assert "c.html cannot be written: No space left on device." in " ".join(err.split())
    assert "Written" not in err
