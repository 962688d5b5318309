import json
import os
import sys

import pytest
from same import assert_same


def test_one_post_for_a_person(anymood, bundle, corpus_folder):
    code, out, err = anymood("predict", "love happy", "--image", corpus_folder / "images/pos01.jpg", "--model", bundle)
    assert (code, err) == (0, "")
    assert "positive" in out.splitlines()[0]
    assert "fused classifier" in out


@pytest.mark.parametrize("command", ["predict", "explain"])
def test_texts_in_other_encodings(anymood, bundle, command):
    expected = anymood(command, "love café", "--model", bundle, "--json")
    for data in ("love café".encode(), "love café".encode("cp1252")):
        argument = data.decode("ascii", "surrogateescape")  # as Python decodes arguments where the locale is ASCII
        assert anymood(command, argument, "--model", bundle, "--json") == expected


def test_one_post_for_a_script_is_one_line(anymood, bundle):
    import anymood as library

    code, out, err = anymood("predict", "love", "--model", bundle, "--json")
    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    model = library.load(bundle)
    assert_same(json.loads(out), model.predict("love"), by=model)


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_an_engine_may_be_named(anymood, bundle, engine):
    import anymood as library

    code, out, _ = anymood("predict", "love", "--model", bundle, "--json", "--engine", engine)
    assert code == 0
    model = library.load(bundle, engine=engine)
    assert_same(json.loads(out), model.predict("love"), by=model)


def test_an_unknown_engine_is_misuse(anymood, bundle):
    code, _, err = anymood("predict", "love", "--model", bundle, "--engine", "tensorrt")
    assert code == 2
    assert "onnxruntime" in err


@pytest.mark.parametrize("command", ["predict", "explain"])
@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("gone.jpg", "does not exist"),
        (".", "is a folder"),
        ("http://a.b/c.jpg", "is a URL"),
        (__file__, "is not an image"),
        pytest.param(
            os.devnull,
            "is not a regular file",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="a device with another name"),
        ),
    ],
)
def test_an_image_that_does_not_exist_is_an_error(anymood, bundle, command, image, message):
    for text in (["love"], []):
        code, out, err = anymood(command, *text, "--image", image, "--model", bundle, "--json")
        assert (code, out) == (1, "")
        assert image in err
        assert message in err


@pytest.mark.parametrize("text", [["love"], []])
def test_an_image_that_is_damaged_is_a_problem_of_the_post(anymood, bundle, tmp_path, text):
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    arguments = ("predict", *text, "--image", tmp_path / "cut.png", "--model", bundle, "--json")
    code, out, _ = anymood(*arguments)
    assert code == 0
    assert json.loads(out)["label"] == ("positive" if text else None)
    assert "cut.png" in json.loads(out)["problem"]
    assert anymood(*arguments, "--strict")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["posts.csv", "love", "-o", "out.csv"], "'love' is not an existing table"),
        (["love", "--errors", "e.csv"], "--errors"),
        ([], "Nothing to predict"),
        (["best", "day"], "2 texts"),
        (["love", "-o", "out.csv"], "--output"),
        (["posts.csv", "--image", "a.jpg"], "--image"),
    ],
)
def test_invalid_arguments_are_a_usage_error(anymood, arguments, message):
    code, out, err = anymood("predict", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "anymood predict --help" in err


@pytest.mark.parametrize("command", ["predict", "explain"])
def test_an_image_needs_its_option(anymood, command, tmp_path):
    image = tmp_path / "photo.jpg"
    image.touch()
    code, _, error = anymood(command, "love", str(image))
    assert code == 2
    assert "is a file, but a text was given as well. Give the image of a text with --image." in error
    assert "There are 2 texts." in anymood(command, "love", "hate")[2]


@pytest.mark.parametrize("name", ["gone.csv", "gone.parquet"])
def test_a_table_that_does_not_exist_is_not_text(anymood, bundle, name):
    code, out, err = anymood("predict", name, "--model", bundle)
    assert (code, out) == (1, "")
    assert f"{name} does not exist" in err


@pytest.mark.parametrize("text", ["see posts.csv", "l" * 5000, "-5 degrees", "[red]love[/]"])
def test_a_text_may_be_anything(anymood, bundle, text):
    code, out, _ = anymood("predict", "--model", bundle, "--json", "--", text)
    assert code == 0
    assert json.loads(out)["used"] == "text"


@pytest.mark.parametrize("text", ["- so sad", "-_-", "-.-", "-5 degrees", "---", "-so sad", "--json is love", "- a=b"])
def test_a_text_may_begin_with_a_hyphen(anymood, bundle, text):
    code, out, err = anymood("predict", text, "--model", bundle, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["used"] == "text"


def test_so_may_the_value_of_an_option(anymood, bundle, tmp_path):
    (tmp_path / "posts.csv").write_text("id,- a\n1,love\n", encoding="utf-8")
    arguments = ("predict", tmp_path / "posts.csv", "--text-column", "- a", "--model", bundle, "--json")
    assert json.loads(anymood(*arguments)[1])["label"] == "positive"
    code, _, err = anymood(*arguments, "--threads", "- 5")
    assert (code, 'convert "- 5" into int' in err) == (2, True)


@pytest.mark.parametrize("text", ["-sad", "--jsn", "-j"])
def test_what_could_be_an_option_is_refused_with_advice(anymood, bundle, text):
    code, out, err = anymood("predict", text, "--model", bundle)
    assert (code, out) == (2, "")
    assert "Unknown option" in err
    assert f"put it last, after --: anymood predict -- {text}" in err
    assert "after --" not in anymood("info", text)[2]


def test_an_option_after_the_text_that_follows_a_double_hyphen_is_refused(anymood, bundle):
    code, _, err = anymood("predict", "--model", bundle, "--", "- so sad", "--json")
    assert code == 2
    assert "'--json' comes after --, so it is a text. Put options before --." in " ".join(err.split())


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_text_is_not_a_folder(anymood, bundle, tmp_path, text):
    code, out, err = anymood("predict", text, "--model", bundle, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["reason"] == "nothing to see"
    code, _, err = anymood("predict", text, "--model", bundle, "-o", tmp_path / "out.csv")
    assert (code, "table, folder, image or pattern" in " ".join(err.split())) == (2, True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone.jpg", "gone.jpg does not exist"),
        ("photos/", "photos does not exist"),
        ("posts.pdf", "posts.pdf is neither a table"),
    ],
)
def test_names_of_files_are_not_read_as_posts(anymood, bundle, tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "posts.pdf").write_text("[]", encoding="utf-8")
    code, out, err = anymood("predict", name, "--model", bundle)
    assert (code, out) == (1, "")
    assert message in " ".join(err.split())


@pytest.mark.parametrize("end", ["https://example.org/", "/", ".csv", ""])
def test_a_text_may_be_longer_than_any_name_of_a_file(anymood, bundle, end):
    code, out, _ = anymood("predict", "love every minute " * 20 + end, "--model", bundle, "--json")
    assert (code, json.loads(out)["label"]) == (0, "positive")


def test_a_link_alone_is_a_text(anymood, bundle):
    code, out, _ = anymood("predict", "https://example.org/love/", "--model", bundle, "--json")
    assert (code, json.loads(out)["reason"]) == (0, "no words")


@pytest.mark.parametrize("text", ["my posts.csv", "posts.txt", "RC_2023-01.zst", "*.nothing", "photos/*", "posts.cvs"])
def test_a_text_that_ends_as_a_file_is_reported(anymood, bundle, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "posts.csv").write_text("text\nlove\n", encoding="utf-8")
    code, out, err = anymood("predict", text, "--model", bundle, "--json")
    assert (code, json.loads(out)["used"]) == (0, "text")
    assert err == f"There is no file {text!r} here, so it is predicted as the text of a post.\n"


def test_words_with_a_dot_are_a_text(anymood, bundle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "so.csv").write_text("text\nlove\n", encoding="utf-8")
    for text in ("love.it", "so good.bye", "[so.so"):
        assert anymood("predict", text, "--model", bundle, "--json")[2] == ""


def test_a_text_that_is_the_name_of_something_here_is_reported(anymood, bundle, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "love").mkdir()
    (tmp_path / "love" / "it").write_text("not a table", encoding="utf-8")
    for text, message in (
        ("love", "in the folder, add a slash"),
        ("love/it", "neither as a table nor as an image. To read it, name its format"),
    ):
        code, out, err = anymood("predict", text, "--model", bundle, "--json")
        assert (code, json.loads(out)["used"]) == (0, "text")
        assert message in err
