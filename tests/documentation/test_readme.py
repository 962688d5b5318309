"""The examples of the README, run as they stand there."""

import re
import shutil
import subprocess
import tomllib

import pytest
from environments import ROOT
from pages import Page, lines
from same import read_rows

README = Page("README.md")
POST_PYTHON, MAKE = README.example("import anymood"), README.example("make demo")
SERVE, INSTALL, TABLE = (
    README.example("pip install '.[serve]'\n"),
    README.example("pip install . "),
    README.example("anymood predict"),
)


def test_every_example_is_run():
    assert README.left_out() == []


def test_it_is_short():
    assert len(README.text.splitlines()) <= 130
    assert "```python" in "\n".join(README.text.splitlines()[:12])  # in the first screen


def test_an_environment_has_what_it_names_and_nothing_else(environment):
    code = "from importlib.util import find_spec; print([n for n in {} if find_spec(n)])"
    names = ["numpy", "pyarrow", "fastapi", "torch", "daft", "httpx", "openvino", "pytest", "pandas", "sklearn"]
    for extras, there in (
        ((), ["numpy"]),
        (("parquet",), ["numpy", "pyarrow"]),
        (("serve",), ["numpy", "fastapi"]),
        (("collect",), ["numpy", "httpx"]),
    ):
        assert environment(*extras).run(["python", "-c", code.format(names)], ROOT) == f"{there}\n"


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here: apt-get install make")
def test_make():
    targets = [line.partition("#")[0].split() for line in MAKE.splitlines()]
    for command in [*targets, ["make", "docs"]]:
        subprocess.run([*command, "--dry-run"], cwd=ROOT, check=True, capture_output=True)
    assert targets == [["make", "demo"], ["make", "test"]]


def test_every_extra_is_named():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r"^pip install '\.\[(\w+)\]'", INSTALL, re.MULTILINE)
    assert sorted(named) == sorted(set(project["optional-dependencies"]) - {"benchmarks", "dev", "docs"})


def test_a_post(environment, python):
    assert python(environment(), POST_PYTHON) == "positive both\n"


def test_the_service(serving):
    install, serve = lines(SERVE)
    assert install == "pip install '.[serve]'"
    serving(serve)


def test_a_table(environment, shell, folder):
    post, table = lines(TABLE)
    assert "positive" in shell(environment(), post)
    shell(environment(), table)
    rows = {row["id"]: row for row in read_rows(folder / "scored.csv")}
    shown = re.findall(r"^\| (delayed|train|concert) \|(.*)\|$", README.text, re.MULTILINE)
    assert len(shown) == 3
    for name, cells in shown:
        _, image, *result = [cell.strip() for cell in cells.split("|")]
        row = rows[name]
        assert [row["image"], row["label"], row["used"], row["reason"]] == [image, *result]
