import errno
import json

import pytest

from anymood.cli.app import main


@pytest.fixture
def posts(tmp_path):
    path = tmp_path / "posts.csv"
    lines = [f"love {chr(97 + n)},positive\nsad {chr(97 + n)},negative" for n in range(12)]
    path.write_text("text,label\n" + "\n".join(lines) + "\nbest,positve\n", encoding="utf-8")
    return path


def test_as_text(posts, bundle, capsys):
    assert main(["check", str(posts), "--model", str(bundle), "--no-label-errors"]) == 0
    output = capsys.readouterr().out
    assert "25 rows, 25 labelled posts" in output
    assert "Labels with nearly the same name: 1" in output
    assert "posts.csv:26: best ('positve': 1 post, 'positive': 12 posts)" in output


def test_as_json_and_as_a_page_with_a_code_for_scripts(posts, bundle, tmp_path, capsys):
    arguments = ["check", str(posts), "--model", str(bundle), "--no-label-errors", "--json", "--strict"]
    assert main([*arguments, "-o", str(tmp_path / "c.html")]) == 1
    output = capsys.readouterr()
    assert json.loads(output.out)["findings"][0]["name"] == "similar labels"
    assert f"Written to {tmp_path / 'c.html'}" in output.err
    assert "<title>Check of posts.csv</title>" in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_an_existing_output_is_replaced_only_on_request(posts, bundle, tmp_path, capsys):
    page = tmp_path / "c.html"
    page.write_text("mine", encoding="utf-8")
    arguments = ["check", str(posts), "--model", str(bundle), "--no-label-errors", "-o", str(page)]
    assert main(arguments) == 1
    assert "replace it with --overwrite" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == "mine"
    assert main([*arguments, "--overwrite"]) == 0
    assert "<title>" in page.read_text(encoding="utf-8")


def test_an_output_that_cannot_be_written_is_reported_first(posts, bundle, capsys):
    assert main(["check", str(posts), "--model", str(bundle), "-o", "c.pdf"]) == 1
    assert ".html, .htm or .json" in capsys.readouterr().err


def test_findings_are_shown_if_the_disk_is_full(posts, bundle, tmp_path, capsys, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    arguments = ["check", str(posts), "--model", str(bundle), "--no-label-errors", "-o", str(tmp_path / "c.html")]
    assert main(arguments) == 1
    output = capsys.readouterr()
    assert "25 rows, 25 labelled posts" in output.out
    assert "c.html cannot be written: No space left on device." in " ".join(output.err.split())
    assert "Written" not in output.err
