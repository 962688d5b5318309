"""The examples of extensions, run as they stand there."""

import pytest
from pages import Page

EXTENDING = Page("docs/extending.md")
CORPUS, TABLE_FORMAT, TABLE_SAYS = (
    EXTENDING.example("from pathlib import Path\n\nfrom anymood import Post"),
    EXTENDING.example("import anymood\nfrom anymood.jobs"),
    EXTENDING.example("positive: best"),
)
PARTS = [
    EXTENDING.example("from anymood.network.encoder import ImageEncoder"),
    EXTENDING.example("from anymood.network.encoder import TextEncoder"),
    EXTENDING.example("from anymood.network.fusion "),
    EXTENDING.example("import torch"),
    EXTENDING.example("import anymood\nfrom anymood.training"),
]
ENGINE, READER, READER_SAYS = (
    EXTENDING.example("import anymood\nfrom anymood.runtime.engines"),
    EXTENDING.example("from pathlib import Path\n\nfrom anymood.archives"),
    EXTENDING.example("best day ever\n"),
)


def test_every_example_is_run():
    assert EXTENDING.left_out() == []


def test_a_corpus(environment, python):
    assert python(environment(), CORPUS) == "{'bad': 1, 'good': 2}\n"


@pytest.mark.parametrize("my_posts", ["split"], indirect=True)
def test_parts_of_the_network(environment, python, my_posts):
    assert my_posts
    assert python(environment("train"), "\n".join(PARTS)) == "text\n"


def test_a_table_format(environment, python):
    assert python(environment(), TABLE_FORMAT) == f"{TABLE_SAYS}\n"


def test_an_engine(environment, python):
    assert python(environment(), ENGINE) == "positive True\n"


def test_an_archive_reader(environment, python):
    assert python(environment(), READER) == READER_SAYS
