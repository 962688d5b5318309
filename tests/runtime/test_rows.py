import math

import numpy as np
import pytest
from PIL import Image

from anymood.posts import Post
from anymood.runtime.rows import Row, read_row


def test_a_post_is_read_as_it_is():
    assert read_row(Post("hello", "a.jpg", "7")) == Row("hello", "a.jpg", "7")


def test_a_mapping_is_read_by_the_names_of_a_posts_fields():
    assert read_row({"text": "hello", "image": "a.jpg", "id": "7"}) == Row("hello", "a.jpg", "7")
    assert read_row({"image": b"..."}) == Row(None, b"...", None)
    assert read_row({}) == Row()


@pytest.mark.parametrize("missing", [None, "", "  \n\t", math.nan, np.float64("nan")])
def test_missing_is_none_nan_or_blank(missing):
    assert read_row(Post(missing, missing)) == Row()


@pytest.mark.parametrize("image", [b"", np.zeros((2, 2)), Image.new("RGB", (1, 1)), 3, 0.5])
def test_whatever_else_stands_for_an_image_is_left_to_the_decoder(image):
    assert read_row({"image": image}).image is image


@pytest.mark.parametrize(
    ("text", "kind"), [(b"bytes", "bytes"), (5, "int"), (0.5, "float"), (["a"], "list"), (Post("a"), "Post")]
)
def test_a_text_is_a_str(text, kind):
    row = read_row({"text": text, "image": "a.jpg"})
    assert (row.text, row.image) == (None, "a.jpg")
    assert (row.reason, row.problem) == ("not a text", f"The text is of type {kind}, not str.")


def test_unknown_fields_are_named_and_the_rest_is_used():
    row = read_row({"text": "hello", "img": "a.jpg", 3: None})
    assert (row.text, row.image, row.reason) == ("hello", None, "unknown field")
    assert row.problem == "A post has the fields text, image, id, but this one also has img, 3."


@pytest.mark.parametrize(("given", "kind"), [("hello", "str"), (None, "NoneType"), (("a", "b"), "tuple"), (3, "int")])
def test_a_row_is_a_post_or_a_mapping(given, kind):
    row = read_row(given)
    assert (row.text, row.image, row.id, row.reason) == (None, None, None, "not a post")
    assert row.problem == f"The row is of type {kind}: hand in a Post or a mapping with text, image, id."


def test_several_problems_are_all_told_and_counted_by_the_first():
    row = read_row({"text": 5, "likes": 3})
    assert row.reason == "unknown field"
    assert row.problem == (
        "A post has the fields text, image, id, but this one also has likes. The text is of type int, not str."
    )
