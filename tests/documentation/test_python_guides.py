"""The examples of the how-to guides on data frames and scikit-learn, run in this process."""

import re

import pytest
from pages import Page

FRAMES = Page("docs/how-to/frames.md")
SCIKIT_LEARN = Page("docs/how-to/scikit-learn.md")


@pytest.fixture
def run(here, monkeypatch, capsys):
    """Runs an example that begins so; gives what it prints."""
    monkeypatch.chdir(here)

    def run(page, start):
        exec(compile(page.example(start), page.path.name, "exec"), {})  # noqa: S102 - the repository's own
        return capsys.readouterr().out

    return run


def test_frames(run):
    indexed = run(FRAMES, "import anymood\nimport pandas\n\nmodel = anymood.load()\nframe")
    assert re.search(r"sunday +positive +text\ncat +\w+ +image\ntrain +negative +text", indexed)
    assert run(FRAMES, "import anymood\nimport polars") == "['both', 'text']\n"
    told = run(FRAMES, "import anymood\nimport pandas\n\nframe = pandas.DataFrame({")
    assert told.splitlines()[-1] == "3000 of 3000"
    chunks = run(FRAMES, "import anymood\nimport pandas\n\nmodel = anymood.load()\nchunks")
    assert [len(line.split(",")) for line in chunks.splitlines()] == [4, 2]
    arrays = run(FRAMES, "import anymood\n\nmodel = anymood.load()\nprobabilities")
    assert "(2, 3)\n[[nan nan nan]]\npositive\n" in arrays
    assert FRAMES.left_out() == []


def test_scikit_learn(run):
    assert SCIKIT_LEARN.example("pip install") == "pip install '.[sklearn]'\n"
    assert run(SCIKIT_LEARN, "from anymood.sklearn import MoodClassifier\n\ntexts") == "['delivery' 'payment']\n"
    assert "{'C':" in run(SCIKIT_LEARN, "import pandas")
    assert run(SCIKIT_LEARN, "from anymood.sklearn import MoodFeatures") == "(1, 301)\n"
    run(SCIKIT_LEARN, "from anymood.sklearn import MoodClassifier\n\nrecipe")
    assert SCIKIT_LEARN.left_out() == []
