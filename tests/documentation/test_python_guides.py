"""The examples of the how-to guides on data frames, scikit-learn and the hub, run in this process."""

import re

import pytest
from pages import Page, parsed

FRAMES = Page("docs/how-to/frames.md")
SCIKIT_LEARN = Page("docs/how-to/scikit-learn.md")
HUB = Page("docs/how-to/hub.md")


@pytest.fixture
def run(folder, monkeypatch, capsys):
    """Runs an example that begins so; gives what it prints."""
    monkeypatch.chdir(folder)

    def run(page, start):
        exec(compile(page.example(start), page.path.name, "exec"), {})  # noqa: S102 - the repository's own
        return capsys.readouterr().out

    return run


def test_frames(run):
    indexed = run(FRAMES, "import anymood\nimport pandas\n\nmodel = anymood.load()\nframe")
    assert re.search(r"sunday +positive +text\ncat +\w+ +image\ntrain +negative +text", indexed)
    ranked = run(FRAMES, "import anymood\nimport pandas\n\nposts")
    assert re.search(r"\n\d +(train|delayed) +0\.9", ranked)
    assert re.search(r"\ntext +0\.[56]\d* .*\n2\n$", ranked, re.DOTALL)
    assert run(FRAMES, "import anymood\nimport polars") == "['both', 'text']\n"
    message = run(FRAMES, "import anymood\nimport pandas\n\nframe = pandas.DataFrame({")
    assert message.splitlines()[-1] == "3000 of 3000"
    chunks = run(FRAMES, "import anymood\nimport pandas\n\nmodel = anymood.load()\nchunks")
    assert [len(line.split(",")) for line in chunks.splitlines()] == [4, 2]
    arrays = run(FRAMES, "import anymood\n\nmodel = anymood.load()\nprobabilities")
    assert "(2, 3)\n[[nan nan nan]]\npositive\n" in arrays
    assert FRAMES.left_out() == []


def test_scikit_learn(run):
    assert SCIKIT_LEARN.example("pip install") == "pip install '.[sklearn]'\n"
    assert run(SCIKIT_LEARN, "from anymood.sklearn import MoodClassifier\n\ntexts") == "['complaint' 'praise']\n"
    assert "{'C':" in run(SCIKIT_LEARN, "import pandas")
    assert run(SCIKIT_LEARN, "from anymood.sklearn import MoodFeatures") == "(1, 301)\n"
    run(SCIKIT_LEARN, "from anymood.sklearn import MoodClassifier\n\nrecipe")
    assert SCIKIT_LEARN.left_out() == []


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # httpx, as the hub's client uses it
def test_hub(run, hub, my_run):
    assert HUB.example("pip install") == "pip install '.[hub]'\n"
    address = run(HUB, 'import anymood\n\nmodel = anymood.load("runs/mine")')
    assert re.fullmatch(r"hf://me/mood@[0-9a-f]{40}\n", address)
    assert hub.repositories["me/mood"].private
    assert run(HUB, 'import anymood\n\nmodel = anymood.load("hf://me/mood")') == "positive\n"
    for command in re.findall(r"`(anymood predict .*?)`", HUB.text):
        parsed(command)
    assert HUB.left_out() == []
