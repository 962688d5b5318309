"""Pages of the documentation, and the examples in them.

A module of tests names its pages at its top and takes each example by how it begins. An example that no test took is
found by ``test_every_example_is_run``.
"""

import re
import shlex
from pathlib import Path

from environments import ROOT

FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
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
        [found] = [content for _, content in self.examples if content.startswith(start)]
        self._taken.add(found)
        return found

    def left_out(self) -> list[str]:
        """Examples to be run that nobody took, and those of no language."""
        kinds = ("", *RUN)
        return [content for language, content in self.examples if language in kinds and content not in self._taken]


def lines(script: str) -> list[str]:
    """The commands of an example, without comments."""
    return [line.partition("  #")[0].strip() for line in script.splitlines() if line.strip()]


def masked(text: str) -> str:
    """What is printed about posts, without the figures and labels, which another model has others of."""
    text = re.sub(r"text and image (dis)?agree .*|text and image contradict .*", "", text)
    text = re.sub(r"\b(negative|neutral|positive)\b", "LABEL", text)
    return " ".join(re.sub(r"[\d.]+%?|[━╌─│╭╮╰╯]", " ", text).split())


def parsed(command: str) -> None:
    """Fail unless a line is a command line of anymood; it is not run."""
    from anymood.cli.app import build_app

    program, *arguments = shlex.split(command)
    assert program == "anymood"
    build_app(arguments).parse_args(arguments, print_error=False, exit_on_error=False)
