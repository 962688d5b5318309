"""Commands in results and decisions: they measure for minutes to hours, on real corpora, so they are only parsed."""

import json
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
COMMANDS = {
    f"{page.path.stem}-{number}": shlex.split(command)
    for page in PAGES
    for number, command in enumerate(
        line for kind, content in page.examples if kind == "bash" for line in lines(content)
    )
}
PARSE = """
import argparse, json, runpy, sys, traceback

parse = argparse.ArgumentParser.parse_args

def parse_and_end(parser, *given):
    parse(parser, *given)
    sys.exit("parsed")

argparse.ArgumentParser.parse_args = parse_and_end
paths = list(sys.path)
for line in sys.stdin:
    name, sys.argv = json.loads(line)
    sys.path[:] = [sys.argv[0].partition("/")[0], *paths]
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
        ended = "it reads no arguments"
    except SystemExit as error:
        ended = error.code
    except Exception:
        ended = traceback.format_exc()
    print(json.dumps([name, ended]), flush=True)
"""


@pytest.fixture(scope="module")
def ended():
    """How the scripts end when they have read their arguments; one process imports what they import."""
    lines = [json.dumps([name, rest]) for name, (program, *rest) in COMMANDS.items() if program == "python"]
    command = [sys.executable, "-W", "ignore", "-c", PARSE]
    process = subprocess.run(command, cwd=ROOT, input="\n".join(lines), capture_output=True, check=False, text=True)
    assert process.returncode == 0, process.stderr
    return {name: (how, process.stderr) for name, how in map(json.loads, process.stdout.splitlines())}


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_are_command_lines(name, request):
    program, *arguments = COMMANDS[name]
    if program == "anymood":
        parsed(shlex.join(COMMANDS[name]))
        return
    assert (program, arguments[0].split("/")[0] in ("benchmarks", "recipes")) == ("python", True)
    how, errors = request.getfixturevalue("ended")[name]
    assert how == "parsed", errors


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_nothing_else_is_to_be_run(page):
    assert {kind for kind, _ in page.examples} <= {"bash", "json", "python", "text"}
