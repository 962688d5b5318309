import csv
import io
import json

import pytest


def test_one_post_for_a_person(anymood, bundle, corpus_folder):
    code, out, err = anymood("predict", "love happy", "--image", corpus_folder / "images/pos01.jpg", "--model", bundle)
    assert (code, err) == (0, "")
    assert "positive" in out.splitlines()[0]
    assert "fused classifier" in out


def test_one_post_for_a_script_is_one_line(anymood, bundle):
    import anymood as library

    code, out, err = anymood("predict", "love", "--model", bundle, "--json")
    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    assert json.loads(out) == library.load(bundle).predict("love").to_dict()


def test_an_image_that_cannot_be_used_is_told(anymood, bundle):
    code, out, _ = anymood("predict", "--image", "gone.jpg", "--model", bundle, "--json")
    assert code == 0
    told = json.loads(out)
    assert told["used"] == "none"
    assert told["label"] is None
    assert "gone.jpg" in told["problem"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "nothing to predict"),
        (["best", "day"], "2 texts"),
        (["love", "-o", "out.csv"], "--output"),
        (["posts.csv", "--image", "a.jpg"], "--image"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(anymood, arguments, told):
    code, out, err = anymood("predict", *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "anymood predict --help" in err


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_a_table_goes_to_a_file(anymood, bundle, table, tmp_path, suffix):
    target = tmp_path / f"scored.{suffix}"
    code, out, err = anymood("predict", table, "--model", bundle, "-o", target)
    assert (code, out) == (0, "")
    assert "60 posts: " in err
    assert str(target) in err
    assert target.stat().st_size > 60 * 40


def test_a_table_goes_to_standard_output_without_one(anymood, bundle, table):
    code, out, _ = anymood("predict", table, "--model", bundle)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert len(rows) == 60
    assert "p_positive" in rows[0]
    _, out, _ = anymood("predict", table, "--model", bundle, "--json")
    assert [json.loads(line)["id"] for line in out.splitlines()] == [row["id"] for row in rows]


def test_problems_are_counted(anymood, bundle, tmp_path):
    table = tmp_path / "posts.csv"
    table.write_text("tweet,picture\nlove,gone.jpg\nsad,gone.jpg\n,\n", encoding="utf-8")
    _, _, err = anymood("predict", table, "--model", bundle, "--text-column", "tweet", "--image-column", "picture")
    assert "3 posts: 1 negative, 0 neutral, 1 positive." in err
    assert "3 with a problem: 2 missing image, 1 nothing to see." in err


@pytest.mark.parametrize("name", ["gone.csv", "gone.parquet"])
def test_a_table_that_is_not_there_is_no_text(anymood, bundle, name):
    code, out, err = anymood("predict", name, "--model", bundle)
    assert (code, out) == (1, "")
    assert f"{name} is not there" in err


@pytest.mark.parametrize("text", ["see posts.csv", "l" * 5000, "-5 degrees", "[red]love[/]"])
def test_a_text_may_be_anything(anymood, bundle, text):
    code, out, _ = anymood("predict", "--model", bundle, "--json", "--", text)
    assert code == 0
    assert json.loads(out)["used"] == "text"
