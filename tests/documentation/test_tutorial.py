"""The examples of the tutorial, run as they stand there; a training is made small by options that are added to it."""

import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pages import Page, assert_printed, lines
from same import read_rows

SECONDS = 300  # that a busy machine may take for what takes a few
SMALL = "--image-encoder test_efficientnet --image-weights none --word-vectors random --threads 1"

FIRST = Page("docs/tutorial/first-prediction.md")
VENV, POST = FIRST.example("python3 -m venv"), FIRST.example('anymood predict "best day ever" --image')
PANEL, OTHERS = FIRST.example("╭"), FIRST.example('anymood predict "best day ever"\n')
POST_PYTHON = FIRST.example("import anymood\n\nmodel = anymood.load()\nprediction")
MANY_PYTHON, MANY = FIRST.example("import anymood\n\nmodel = anymood.load()\nposts"), FIRST.example("None positive")
TABLE, TABLE_SAYS, DEMO_TABLE = FIRST.example("anymood predict examples"), FIRST.example("6 posts"), FIRST.example("┏")

OWN = Page("docs/tutorial/own-data.md")
INSTALL, TRAIN = OWN.example("pip install '.[train]'"), OWN.example("anymood train")
PREDICT, EVALUATE = OWN.example("anymood predict"), OWN.example("anymood evaluate")

REPORT = Page("docs/tutorial/report.md")
SCORE, SCORE_SAYS, MAKE = (
    REPORT.example("python examples/festival.py"),
    REPORT.example("1,000 posts"),
    REPORT.example("anymood report festival_scored.csv --by campaign -o report.html"),
)
CORRECT, NUMBERS = (
    REPORT.example("anymood report festival_scored.csv --by campaign --labelled"),
    REPORT.example("import anymood"),
)


@pytest.mark.parametrize("page", [FIRST, OWN, REPORT], ids=lambda page: page.path.stem)
def test_every_example_is_run(page):
    assert page.left_out() == []


def test_a_post(environment, shell, python):
    assert lines(VENV)[-1] == "pip install ."
    printed = shell(environment(), POST)
    assert_printed(printed, PANEL)
    for command in lines(OTHERS):
        assert shell(environment(), command)
    assert python(environment(), POST_PYTHON) == "positive\n"


def test_several_posts(environment, python):
    printed = python(environment(), MANY_PYTHON)
    assert_printed(printed, MANY)


def test_a_table(environment, folder):
    process = environment().start(shlex.split(TABLE), folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    printed, messages = process.communicate(timeout=SECONDS)
    assert printed == ""
    assert_printed(messages, TABLE_SAYS)
    assert len(read_rows(folder / "scored.csv")) == 6


def test_what_the_demo_prints(environment, folder):
    printed = environment().run(["python", "examples/demo.py"], folder)
    assert_printed(printed.partition("concert:")[0], DEMO_TABLE.partition("concert:")[0])


def test_a_report(environment, shell, python, folder):
    messages = shell(environment(), f"({SCORE.strip()}) 2>&1").partition("labelled.csv\n")[2]
    assert_printed(messages, SCORE_SAYS)
    assert {row["reason"] for row in read_rows(folder / "festival_problems.csv")} == {"missing image"}
    shell(environment(), MAKE)
    shell(environment(), CORRECT)
    first, corrected = ((folder / name).read_text(encoding="utf-8") for name in ("report.html", "corrected.html"))
    assert "<b>not corrected</b> for the errors of the model" in first
    assert "shares of the posts, corrected for the errors of the model" in corrected
    groups = python(environment(), NUMBERS).splitlines()
    assert sorted(line.partition(":")[0] for line in groups) == ["newsletter", "organic", "radio", "street team"]


def interrupted(environment, command: str, folder: Path, run: Path) -> None:
    """Start a training, and end it by Ctrl-C after an epoch."""
    process = environment.start(shlex.split(command), folder, stderr=subprocess.PIPE)
    deadline = time.monotonic() + SECONDS
    while not (run / "metrics.jsonl").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    message = process.communicate(timeout=SECONDS)
    assert process.returncode == 130, message
    assert not (run / "bundle").exists()


def test_training_on_your_own_data(environment, shell, folder, my_posts):
    assert INSTALL == "pip install '.[train]'\n"
    extra = environment("train")
    first, resume = lines(TRAIN)
    if my_posts:
        interrupted(extra, f"{first} {SMALL} --epochs 6 --patience 6", folder, folder / "runs" / "mine")
        shell(extra, resume)
    else:
        shell(extra, f"{first} --epochs 2")
    assert "text classifier" in shell(environment(), PREDICT)
    printed = shell(extra, EVALUATE)
    assert ("on the test posts" if my_posts else "on the validation posts") in printed
    assert {path.name for path in (folder / "results").iterdir()} == {
        "results.json",
        "predictions.csv",
        "confusion.png",
    }


def test_the_validation_posts_of_the_example_have_images(folder):
    from anymood.datasets import read_table
    from anymood.datasets.splits import split_by_share

    subprocess.run([sys.executable, "examples/festival.py"], cwd=folder, check=True)
    parts = split_by_share(read_table(folder / "labelled.csv"), validation=0.1, test=0)
    assert min(parts.select("validation").patterns().values()) > 0


def test_the_columns_of_the_example_are_read(folder):
    from anymood.datasets import read_table

    [rows] = re.findall(r"^\| 1 \|.*?(?=\n\n)", OWN.text, re.MULTILINE | re.DOTALL)
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in rows.splitlines()]
    (folder / "photos").mkdir()
    for number in (1, 2, 3):
        (folder / "photos" / f"{number}.jpg").write_bytes((folder / "examples/images/cat.jpg").read_bytes())
    table = folder / "my_posts.csv"
    table.write_text("\n".join(["id,text,image,label,split", *(",".join(f'"{c}"' for c in row) for row in cells)]))
    corpus = read_table(table)
    assert (len(corpus), corpus.problems, corpus.patterns()) == (4, (), {"both": 2, "text": 1, "image": 1})
