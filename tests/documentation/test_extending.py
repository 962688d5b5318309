"""The examples of extensions, run as they stand there."""

from pages import Page

EXTENDING = Page("docs/extending.md")
REGISTRY, READER, OPEN, ENGINE = (
    EXTENDING.example("from anymood.registry"),
    EXTENDING.example("from anymood.archives"),
    EXTENDING.example("from pathlib"),
    EXTENDING.example("import anymood\nfrom anymood.runtime.engines"),
)


def test_every_example_is_run():
    assert EXTENDING.left_out() == []


def test_a_registry(environment, python):
    assert python(environment(), REGISTRY) == "Hello\nTrue\n"


def test_an_archive_reader(environment, python):
    assert python(environment(), READER + OPEN).splitlines()[0].endswith(" best day ever")


def test_an_engine(environment, python):
    assert python(environment(), ENGINE) == "positive 1\n"
