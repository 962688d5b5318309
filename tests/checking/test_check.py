"""Checks of tables with one fault each."""

import json

import pytest
from PIL import Image, ImageDraw
from scored_tables import write_csv

import anymood
from anymood.checking import check_table
from anymood.checking.findings import Check, Finding, RowExample
from anymood.checking.images import difference_hash
from anymood.errors import SettingError, TableError
from anymood.tables.columns import Columns

WORDS = {"negative": ("awful", "sad", "hate"), "positive": ("love", "happy", "best")}


def posts(count=12):
    """Rows without a fault: texts of their own, of two labels, in three splits."""
    splits = ("train", "train", "validation", "test")
    return [
        {"id": f"{label}{n}", "text": f"{WORDS[label][n % 3]} {chr(97 + n)}{label}", "image": "", "label": label,
         "split": splits[n % 4]}
        for label in WORDS
        for n in range(count)
    ]  # fmt: skip


@pytest.fixture
def checked(tmp_path, bundle):
    model = anymood.load(bundle.folder)

    def checked(rows, **options):
        options = {"label_errors": False, **options}
        return check_table(write_csv(tmp_path / "posts.csv", rows), model, **options)

    return checked


def found(check):
    return {each.name: each for each in check.findings}


def test_a_table_without_a_fault(checked):
    check = checked(posts())
    assert check.findings == ()
    assert (check.rows, check.used) == (24, 24)
    assert check.counts["positive"] == {"train": 6, "validation": 3, "test": 3}
    assert check.patterns == {"text and image": 0, "text alone": 24, "image alone": 0}
    assert "Nothing was found." in check.to_text()
    assert repr(check).endswith("posts.csv': no findings>")


def test_labels_with_nearly_the_same_name(checked):
    rows = posts()
    rows[0]["label"] = "negatve"
    [similar] = [each for each in checked(rows).findings if each.name == "similar labels"]
    assert (similar.count, similar.examples[0].where) == (1, "posts.csv:2")
    assert "'negatve': 1 post, 'negative': 11 posts" in similar.examples[0].detail


def test_predicted_labels(checked):
    rows = [row | {"p_negative": "", "p_positive": "", "used": "text"} for row in posts()]
    assert "predicted labels" not in found(checked(rows))
    for row in rows:
        row |= {f"p_{label}": "0.9" if label == row["label"] else "0.1" for label in WORDS}
    assert found(checked(rows))["predicted labels"].count == 24


def test_labels_that_training_rejects(checked):
    rows = [row | {"label": "0" if row["label"] == "negative" else "1"} for row in posts()]
    rows[0]["label"] += ".0"
    similar = found(checked(rows))["similar labels"]
    assert (similar.count, similar.examples[0].where) == (1, "posts.csv:2")
    assert "names that only differ in case, whitespace or .0" in similar.explanation


def test_rare_and_unbalanced_labels(checked):
    rows = posts(22)
    rows[0]["label"] = "mixed"
    assert set(found(checked(rows))) >= {"rare labels", "imbalance", "label not in split"}
    only = [row for row in posts() if row["label"] == "positive"]
    assert "one label" in found(checked(only))


def test_posts_of_which_none_is_for_training(checked):
    rows = [row | {"split": "test"} for row in posts()]
    assert found(checked(rows))["no training posts"].count == 24
    for splits in (["train"], [""], ["tset"]):  # of the last, another finding tells
        rows[0]["split"] = splits[0]
        assert "no training posts" not in found(checked(rows))


def test_a_column_that_holds_no_labels(checked):
    rows = [row | {"label": f"{n / 7:.3f}", "split": ""} for n, row in enumerate(posts(150))]
    many = found(checked(rows))
    assert many["many labels"].count == 300
    assert "similar labels" not in many


def test_each_post_has_its_own_label(checked):
    rows = [row | {"label": f"{n / 48}\n"} for n, row in enumerate(posts(24))]
    check = checked(rows, label_errors=True)
    assert "many labels" in found(check)
    text = check.to_text()
    assert "and 18 more labels\n" in text
    assert "Not checked: label errors of 48 labels: a label needs at least 5 posts." in text


def test_copies_of_one_post(checked):
    rows = [row | {"text": "love"} for row in posts()]
    assert "label errors: 1 post without copies; at least 5 are needed." in checked(rows, label_errors=True).skipped


def test_rows_that_training_leaves_out_or_refuses(checked):
    rows = posts()
    rows[1]["text"] = ""
    rows[2]["label"] = ""
    rows[3]["id"] = rows[4]["id"]
    rows[5]["split"] = "tset"
    rows[6]["split"] = ""
    rows[7]["image"] = "gone.jpg"
    check = checked(rows)
    counts = {name: each.count for name, each in found(check).items()}
    assert counts == {
        "empty post": 1, "no label": 1, "repeated id": 2, "unknown split": 1, "no split": 1, "missing image": 1,
    }  # fmt: skip
    assert (check.rows, check.used) == (24, 22)


def test_ids_in_a_column_with_another_usual_name_may_repeat(checked):
    rows = [{"post_id": "5", **row} for row in posts()]
    for row in rows:
        del row["id"]
    assert "repeated id" not in found(checked(rows))


def test_a_row_without_a_text_names_the_image_that_is_missing(checked):
    rows = posts()
    rows[1] |= {"text": "", "image": "gone.jpg"}
    [example] = found(checked(rows))["empty post"].examples
    assert (example.where, "'gone.jpg' does not exist" in example.text) == ("posts.csv:3", True)


def test_texts_across_splits_and_with_several_labels(checked):
    rows = posts()
    long = "we waited for two hours at the gate and nobody came to help us"
    rows[0] |= {"text": long, "split": "train"}
    rows[1] |= {"text": f"{long}!!! https://a.example/1", "split": "test"}
    rows[2] |= {"text": long.upper(), "split": "train"}
    rows[20] |= {"text": long, "split": "train"}
    names = found(checked(rows))
    assert names["texts across splits"].count == 1
    assert names["texts with several labels"].count == 4
    assert names["repeated texts"].count == 2
    assert "train, test" in names["texts across splits"].examples[0].detail


def picture(path, seed, quality=95):
    image = Image.linear_gradient("L").rotate(37 * seed).convert("RGB").resize((120, 90))
    ImageDraw.Draw(image).ellipse((10 * seed, 10, 10 * seed + 40, 50), fill=(200, 20 * seed, 30))
    image.save(path, quality=quality)


def test_images(checked, tmp_path):
    picture(tmp_path / "a.jpg", 1)
    picture(tmp_path / "b.jpg", 1, quality=60)
    picture(tmp_path / "c.jpg", 4)
    (tmp_path / "d.jpg").write_bytes(b"no image")
    rows = posts()
    for row, name, split in zip(rows, "abcd", ("train", "test", "train", "train"), strict=False):
        row |= {"image": f"{name}.jpg", "split": split}
    names = found(checked(rows))
    assert names["images across splits"].count == 1
    assert names["images across splits"].examples[0].text.endswith("a.jpg")
    assert names["image: not an image"].count == 1
    assert difference_hash(Image.new("RGB", (50, 50), "red")) is None


def test_long_texts(checked):
    rows = posts()
    rows[0]["text"] = "love " * 500
    long = found(checked(rows))["long texts"]
    assert (long.count, long.examples[0].detail) == (1, "2,500 characters")


def test_label_errors(checked):
    pytest.importorskip("cleanlab")
    rows = posts(24)
    rows[0]["label"], rows[30]["label"] = "positive", "negative"
    rows[40]["label"] = "else"
    check = checked(rows, label_errors=True)
    errors = found(check)["label errors"]
    assert {each.where for each in errors.examples} == {"posts.csv:2", "posts.csv:32"}
    assert "labelled positive, probably negative" in next(e.detail for e in errors.examples if e.where == "posts.csv:2")
    assert check.skipped == ("label errors of else: a label needs at least 5 posts.",)


def test_without_cleanlab_the_other_checks_are_made(checked, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "cleanlab", None)
    [skipped] = checked(posts(), label_errors=True).skipped
    assert "anymood[check]" in skipped


def test_page_and_json(checked, tmp_path):
    rows = posts()
    rows[0]["label"], rows[0]["text"] = "negatve", "<script>alert(1)</script> love"
    check = checked(rows)
    check.save(tmp_path / "c.html")
    page = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert "Labels with nearly the same name" in page
    assert "<script" not in page
    check.save(tmp_path / "c.json")
    assert json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))["findings"][0]["name"] == "similar labels"
    with pytest.raises(SettingError, match=r".html, .htm or .json"):
        check.save(tmp_path / "c.txt")


def test_what_is_not_a_labelled_table(checked, tmp_path, bundle):
    rows = [{"text": "love"}]
    with pytest.raises(TableError, match="no label column"):
        checked(rows)
    with pytest.raises(TableError, match="no labelled post: 1 row,"):
        checked([{"text": "love", "label": ""}])
    with pytest.raises(TableError, match=r"1 with neither a text nor an image\. The first: posts\.csv:2: .*gone\.jpg"):
        checked([{"image": "gone.jpg", "label": "positive"}])
    with pytest.raises(TableError, match="no column 'mood'"):
        checked(posts(), columns=Columns(label="mood"))


def test_the_column_that_is_read_as_the_text_is_noted(checked):
    rows = [{"comment": row.pop("text"), **row} for row in posts()]
    check = checked(rows)
    assert "Note: the column 'comment' is read as the text" in check.to_text()
    assert "the column &#x27;comment&#x27; is read as the text" in check.to_html()
    assert check.to_dict()["notes"] == check.notes


@pytest.mark.parametrize(("detail", "columns"), [("labelled neutral", 3), ("", 2)])
def test_a_page_has_no_empty_column_of_details(detail, columns):
    finding = Finding(
        "no label", "Rows without a label", 1, "Excluded.", "Label them.", (RowExample("a:2", "b", detail),)
    )
    page = Check("t.csv", 1, 0, {}, {}, (finding,)).to_html()
    assert page.partition("Examples")[2].count('<th scope="col"') == columns
    assert ">where</th>" in page  # a split or a line
