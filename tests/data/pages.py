"""Pages of the documentation, and the examples in them.

A module of tests names its pages at its top and takes each example by how it begins. An example that no test took is
found by ``test_every_example_is_run``.
"""

import re
import shlex
from itertools import zip_longest
from math import nan
from pathlib import Path

from environments import ROOT

FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
POINTS = 10  # of a percentage; that of a single post with an image differs by as much between engines
_BARS = re.compile("[━╌]+")
_NUMBER = re.compile(r"\d[\d,]*(\.\d+)?%?[.,:]?")
RUN = ("bash", "python")  # languages of examples that tests run; all others show what comes out


class Page:
    """A page by its path in the repository."""

    def __init__(self, path: str) -> None:
        self.path: Path = ROOT / path
        self.text = self.path.read_text(encoding="utf-8")
        self.examples = [(language, content) for _, language, content in FENCED.findall(self.text)]
        self._taken: set[str] = set()

    def example(self, start: str) -> str:
        """The example that begins so."""
        [contents] = [content for _, content in self.examples if content.startswith(start)]
        self._taken.add(contents)
        return contents

    def left_out(self) -> list[str]:
        """Examples to be run that nobody took, and those of no language."""
        kinds = ("", *RUN)
        return [content for language, content in self.examples if language in kinds and content not in self._taken]


def lines(script: str) -> list[str]:
    """The commands of an example, without comments."""
    return [line.partition("  #")[0].strip() for line in script.splitlines() if line.strip()]


def assert_printed(printed: str, expected: str) -> None:
    """Fail unless what is printed about posts is what a page shows, but for what processors differ in.

    These are percentages, by ``POINTS`` at most, bars of them, and counts, by a fiftieth of the largest one.
    """
    pairs = list(zip_longest(_BARS.sub(" ", printed).split(), _BARS.sub(" ", expected).split(), fillvalue=""))
    most = max((_number(word) for _, word in pairs if "%" not in word), default=0.0)
    for one, other in pairs:
        close = POINTS if "%" in other else most / 50
        same = one == other or abs(_number(one) - _number(other)) <= close
        assert same, f"{one!r} is not {other!r} in:\n{printed}"


def _number(word: str) -> float:
    """The number that a word is; of other words, no number, which is near none."""
    return float(word.strip(".,:%").replace(",", "")) if _NUMBER.fullmatch(word) else nan


def parsed(command: str) -> None:
    """Fail unless a line is a command line of anymood; it is not run."""
    from anymood.cli.app import build_app

    program, *arguments = shlex.split(command)
    assert program == "anymood"
    build_app(arguments).parse_args(arguments, print_error=False, exit_on_error=False)
