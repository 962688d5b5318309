"""Writing a report to a file."""

import json
import os
from pathlib import Path

from anymood.errors import SettingError
from anymood.files import atomic_write
from anymood.reporting.results import Report

SUFFIXES = (".html", ".htm", ".json")


def check_target(path: str | os.PathLike[str]) -> Path:
    """The path, if a report can be written there.

    Raises:
        SettingError: the name does not end as it should, or the folder is not there.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise SettingError(f"{target} does not say how to write: its name should end in .html or .json.")
    if target.is_dir() or not target.parent.is_dir():
        raise SettingError(f"{target} cannot be written: there is no folder {target.parent}, or a folder of that name.")
    return target


def save(report: Report, path: str | os.PathLike[str]) -> None:
    """Write the page, or JSON where the name ends in ``.json``.

    Raises:
        SettingError: the name ends otherwise, or the file cannot be written.
    """
    target = check_target(path)
    if target.suffix.lower() == ".json":
        content = json.dumps(report.to_dict(), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    else:
        content = report.to_html()
    try:
        with atomic_write(target) as file:
            file.write(content.encode("utf-8", "replace"))
    except OSError as error:
        raise SettingError(f"{target} cannot be written: {error.strerror or error}.") from error
