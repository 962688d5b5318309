"""Commands in results and decisions: they measure for minutes to hours, on real corpora, so they are only parsed."""

import os
import shlex
import subprocess
import sys

import pytest
from environments import ROOT
from pages import Page, lines, parsed

PAGES = [
    Page(str(path.relative_to(ROOT)))
    for folder in ("decisions", "results")
    for path in sorted((ROOT / "docs" / folder).glob("*.md"))
]
COMMANDS = [
    pytest.param(command, id=f"{page.path.stem}-{number}")
    for page in PAGES
    for number, command in enumerate(
        line for kind, content in page.examples if kind == "bash" for line in lines(content)
    )
]
PARSE = """
import argparse, runpy, sys

parse = argparse.ArgumentParser.parse_args

def parse_and_end(parser, *given):
    parse(parser, *given)
    sys.exit()

argparse.ArgumentParser.parse_args = parse_and_end
sys.argv = sys.argv[1:]
sys.path.insert(0, sys.argv[0].partition("/")[0])
runpy.run_path(sys.argv[0], run_name="__main__")
sys.exit("it reads no arguments")
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_command_lines(command):
    program, *arguments = shlex.split(command)
    if program == "anymood":
        parsed(command)
        return
    assert (program, arguments[0].split("/")[0] in ("benchmarks", "recipes")) == ("python", True)
    subprocess.run([sys.executable, "-W", "ignore", "-c", PARSE, *arguments], cwd=ROOT, env=os.environ, check=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_nothing_else_is_to_be_run(page):
    assert {kind for kind, _ in page.examples} <= {"bash", "json", "python", "text"}
