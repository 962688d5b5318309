"""Environments that hold what ``pip install 'anymood[extra]'`` brings and nothing else, made of what is installed here.

A folder of links to the packages of the base install and of some extras takes the place of ``site-packages``. Which
these are is computed from the requirements in the packages' own metadata. Making one takes some milliseconds.
"""

import os
import shlex
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent.parent
CALL = "import sys; from anymood.cli import main; sys.exit(main())"
SCRIPTS = {"python": '"$@"', "anymood": f"-c '{CALL}' \"$@\""}


class Environment:
    """An environment in a folder.

    Args:
        folder: where to make it.
        extras: of anymood.
    """

    def __init__(self, folder: Path, *extras: str) -> None:
        self.extras = extras
        site, programs = folder / "site", folder / "bin"
        site.mkdir(parents=True)
        programs.mkdir()
        for package in requirements("anymood", *extras):
            for name in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
                if not (site / name).exists() and not name.endswith(".pth"):
                    (site / name).symlink_to(package.locate_file(name))
        for name, arguments in SCRIPTS.items():
            (programs / name).write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -S {arguments}\n")
            (programs / name).chmod(0o755)
        self.variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ANYMOOD_"))},
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"{site}{os.pathsep}{ROOT / 'src'}",  # where an editable install finds anymood itself
            "ANYMOOD_CACHE": str(folder / "cache"),
            "COLUMNS": "120",
        }

    def start(self, command: list[str], folder: Path, **options: object) -> subprocess.Popen[str]:
        """Begin a command in a folder."""
        return subprocess.Popen(command, cwd=folder, env=self.variables, text=True, **options)

    def run(self, command: list[str], folder: Path) -> str:
        """What a command writes to standard output; an AssertionError with all that it wrote if it fails."""
        process = subprocess.run(command, cwd=folder, env=self.variables, text=True, capture_output=True, check=False)
        assert process.returncode == 0, f"{command} in the environment {self.extras}:\n{process.stdout}{process.stderr}"
        return process.stdout


def requirements(name: str, *extras: str) -> list[Distribution]:
    """A package and all that it brings with it, with some extras of it."""
    distributions: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(name, extra) for extra in ("", *extras)]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            package = distribution(name)
        except (
            PackageNotFoundError
        ):  # for another system, or one that is not installed, and then missed by what needs it
            continue
        distributions[name] = package
        for line in package.requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                waiting += [(needed.name.lower().replace("_", "-"), each) for each in ("", *needed.extras)]
    return list(distributions.values())
