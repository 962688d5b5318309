import json
import re

import pytest
from PIL import Image


def test_a_post_for_a_person(anymood, bundle, corpus_folder):
    picture = corpus_folder / "images/pos01.jpg"
    code, out, err = anymood(
        "explain", "love the awful day", "--image", picture, "--model", bundle, "--label", "positive"
    )
    assert (code, err) == (0, "")
    assert "why positive" in out.splitlines()[0]
    assert "The probability of positive is" in out
    assert re.search(r"│ love +│━* +\+\d+\.\d", out)
    assert re.search(r"│ awful +━*│ +-\d+\.\d", out)
    assert "In the image, the " in " ".join(out.split())


def test_an_explanation_is_shown_if_the_disk_is_full(anymood, bundle, tmp_path, full_disk):
    code, out, err = anymood("explain", "love the day", "--model", bundle, "-o", tmp_path / "why.html")
    assert code == 1
    assert "love the day" in out
    assert "why.html cannot be written: No space left on device." in " ".join(err.split())


def test_json_is_one_line(anymood, bundle):
    code, out, err = anymood("explain", "love the day", "--model", bundle, "--json")
    assert (code, err) == (0, "")
    message = json.loads(out)
    assert out.count("\n") == 1
    assert [word["word"] for word in message["words"]] == ["love", "the", "day"]
    assert (message["image_effect"], message["regions"]) == (None, None)


@pytest.mark.parametrize("suffix", [".png", ".html", ".json"])
def test_a_file_by_its_suffix(anymood, bundle, corpus_folder, tmp_path, suffix):
    out = tmp_path / f"why{suffix}"
    arguments = ["explain", "love", "--image", corpus_folder / "images/pos01.jpg", "--model", bundle, "-o", out]
    assert anymood(*arguments)[0] == 0
    if suffix == ".png":
        with Image.open(out) as image:
            assert image.width == 960
    elif suffix == ".html":
        assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    else:
        assert json.loads(out.read_text(encoding="utf-8"))["label"] == "positive"
    code, _, err = anymood(*arguments)
    assert code == 1
    assert "--overwrite" in err
    assert anymood(*arguments, "--overwrite")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "Nothing to explain"),
        (["best", "day"], 2, "2 texts"),
        (["love", "--json", "-o", "a.json"], 2, "--json is for standard output"),
        (["love", "-o", "why.pdf"], 1, "must end in .html, .json or .png"),
        (["love", "-o", "no/such/why.png"], 1, "there is no folder"),
        (["love", "--label", "joy"], 1, "Unknown label 'joy'"),
        (["-sad"], 2, "anymood explain -- -sad"),
    ],
)
def test_what_makes_no_sense_is_reported(anymood, bundle, arguments, code, message):
    status, out, err = anymood("explain", *arguments, "--model", bundle)
    assert (status, out) == (code, "")
    assert message in " ".join(err.split())


def test_the_name_of_a_file_is_a_text_and_that_is_reported(anymood, bundle, corpus_folder):
    code, out, err = anymood("explain", corpus_folder / "images/pos01.jpg", "--model", bundle)
    assert code == 0
    assert "the image" not in out
    assert "use --image" in err


def test_no_text_or_image_is_reported(anymood, bundle):
    code, out, _ = anymood("explain", "http://a.b/c", "--model", bundle)
    assert code == 0
    assert "no label" in out


def test_a_problem_is_reported_with_the_explanation(anymood, bundle, tmp_path):
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    code, out, _ = anymood("explain", "love", "--image", tmp_path / "cut.png", "--model", bundle)
    assert code == 0
    assert "why positive" in out
    assert "cut.png" in " ".join(out.split())
