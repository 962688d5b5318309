import math

import numpy as np
import pytest
from PIL import Image

from anymood.posts import Post, Problem, Reason
from anymood.runtime.reading import ReadPost, read_post


class NAType:
    """As pandas names its own."""


class NaTType:
    """Likewise."""


def test_a_post_is_read_as_it_is():
    assert read_post(Post("hello", "a.jpg", "7")) == ReadPost("hello", "a.jpg", "7")


def test_a_mapping_is_read_by_the_names_of_a_posts_fields():
    assert read_post({"text": "hello", "image": "a.jpg", "id": "7"}) == ReadPost("hello", "a.jpg", "7")
    assert read_post({"image": b"..."}) == ReadPost(None, b"...", None)
    assert read_post({}) == ReadPost()


@pytest.mark.parametrize(
    "missing", [None, "", "  \n\t", math.nan, np.float64("nan"), np.float32("nan"), NAType(), NaTType(), np.ma.masked]
)
def test_missing_is_none_nan_or_blank(missing):
    assert read_post(Post(missing, missing)) == ReadPost()


@pytest.mark.parametrize("image", [b"", np.zeros((2, 2)), Image.new("RGB", (1, 1)), 3, 0.5])
def test_whatever_else_stands_for_an_image_is_left_to_the_decoder(image):
    assert read_post({"image": image}).image is image


@pytest.mark.parametrize(
    ("text", "kind"), [(b"bytes", "bytes"), (5, "int"), (0.5, "float"), (["a"], "list"), (Post("a"), "Post")]
)
def test_a_text_is_a_str(text, kind):
    row = read_post({"text": text, "image": "a.jpg"})
    assert (row.text, row.image) == (None, "a.jpg")
    assert row.problems == [Problem(Reason.NOT_A_TEXT, f"The text is of type {kind}, not str.")]


@pytest.mark.parametrize(
    ("value", "named"),
    [({"txt": "hello", "img": "a.jpg", 3: None}, "txt, img, 3"), ({"text": "hello", " Image": "a.jpg"}, " Image")],
)
def test_fields_that_were_meant_for_others_are_named(value, named):
    row = read_post(value)
    assert (row.text, row.image) == (value.get("text"), None)
    message = f"A post has the fields text, image, id, but this one has {named}."
    assert row.problems == [Problem(Reason.UNKNOWN_FIELD, message)]


def test_what_else_a_row_brings_is_passed_over():
    assert read_post({"text": "hello", "likes": 3, "label": "positive", 5: None}) == ReadPost("hello")


@pytest.mark.parametrize("text", ["hello", np.str_("hello")])
def test_a_text_alone_is_a_post(text):
    assert read_post(text) == ReadPost("hello")


@pytest.mark.parametrize("missing", [None, "", "  ", math.nan, NAType()])
def test_a_missing_text_alone_is_a_post_without_a_text(missing):
    assert read_post(missing) == ReadPost()


@pytest.mark.parametrize(("value", "kind"), [(b"hello", "bytes"), (("a", "b"), "tuple"), (3, "int")])
def test_whatever_else_is_not_a_post(value, kind):
    row = read_post(value)
    assert (row.text, row.image, row.id) == (None, None, None)
    message = f"The row is of type {kind}: give a text, a Post or a mapping with text, image, id."
    assert row.problems == [Problem(Reason.NOT_A_POST, message)]


def test_several_problems_are_all_kept_in_order():
    row = read_post({"text": 5, "ID": 3})
    assert row.problems == [
        Problem(Reason.UNKNOWN_FIELD, "A post has the fields text, image, id, but this one has ID."),
        Problem(Reason.NOT_A_TEXT, "The text is of type int, not str."),
    ]


@pytest.mark.parametrize(
    ("value", "text", "reasons"),
    [
        ("b'so angry'", "so angry", []),
        ('{"takeoutSegments": [{"text": "so happy"}]}', "so happy", []),
        ("[]", None, []),
        ("[removed]", None, ["removed text"]),
        ("\u200eThis message was deleted.", None, ["deleted message"]),
        ("[removed] by hand", "[removed] by hand", []),
    ],
)
def test_serialised_texts_and_placeholders(value, text, reasons):
    for row in (read_post(value), read_post({"text": value})):
        assert (row.text, [problem.reason for problem in row.problems]) == (text, reasons)
