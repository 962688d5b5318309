import math

import numpy as np
import pytest
from PIL import Image

from anymood.posts import Post
from anymood.runtime.rows import Usable, read_row


class NAType:
    """As pandas names its own."""


class NaTType:
    """Likewise."""


def test_a_post_is_read_as_it_is():
    assert read_row(Post("hello", "a.jpg", "7")) == Usable("hello", "a.jpg", "7")


def test_a_mapping_is_read_by_the_names_of_a_posts_fields():
    assert read_row({"text": "hello", "image": "a.jpg", "id": "7"}) == Usable("hello", "a.jpg", "7")
    assert read_row({"image": b"..."}) == Usable(None, b"...", None)
    assert read_row({}) == Usable()


@pytest.mark.parametrize(
    "missing", [None, "", "  \n\t", math.nan, np.float64("nan"), np.float32("nan"), NAType(), NaTType()]
)
def test_missing_is_none_nan_or_blank(missing):
    assert read_row(Post(missing, missing)) == Usable()


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


@pytest.mark.parametrize(
    ("given", "named"),
    [({"txt": "hello", "img": "a.jpg", 3: None}, "txt, img, 3"), ({"text": "hello", " Image": "a.jpg"}, " Image")],
)
def test_fields_that_were_meant_for_others_are_named(given, named):
    row = read_row(given)
    assert (row.text, row.image, row.reason) == (given.get("text"), None, "unknown field")
    assert row.problem == f"A post has the fields text, image, id, but this one has {named}."


def test_what_else_a_row_brings_is_passed_over():
    assert read_row({"text": "hello", "likes": 3, "label": "positive", 5: None}) == Usable("hello")


@pytest.mark.parametrize("text", ["hello", np.str_("hello")])
def test_a_text_alone_is_a_post(text):
    assert read_row(text) == Usable("hello")


@pytest.mark.parametrize("missing", [None, "", "  ", math.nan, NAType()])
def test_a_missing_text_alone_is_a_post_without_a_text(missing):
    assert read_row(missing) == Usable()


@pytest.mark.parametrize(("given", "kind"), [(b"hello", "bytes"), (("a", "b"), "tuple"), (3, "int")])
def test_whatever_else_is_no_post(given, kind):
    row = read_row(given)
    assert (row.text, row.image, row.id, row.reason) == (None, None, None, "not a post")
    assert row.problem == f"The row is of type {kind}: hand in a text, a Post or a mapping with text, image, id."


def test_several_problems_are_all_told_and_counted_by_the_first():
    row = read_row({"text": 5, "ID": 3})
    assert row.reason == "unknown field"
    assert row.problem == (
        "A post has the fields text, image, id, but this one has ID. The text is of type int, not str."
    )
