"""Output of an explanation to a file, whose suffix decides the format."""

import io
import json
from pathlib import Path

from anymood.errors import SettingError
from anymood.explanation.values import Explanation
from anymood.files import atomic_write

SUFFIXES = (".html", ".json", ".png")


def check_output(path: Path, *, overwrite: bool = False) -> None:
    """Check that an explanation can be written to a path.

    Raises:
        SettingError: the suffix is unknown, the folder does not exist, or the file exists.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise SettingError(f"{path} must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}.")
    if not path.parent.is_dir():
        raise SettingError(f"There is no folder {path.parent} for {path.name}. Create it first.")
    if path.exists() and not overwrite:
        raise SettingError(f"{path} already exists. Choose another name, or replace it with --overwrite.")


def write_explanation(explanation: Explanation, path: Path) -> None:
    """Write an explanation as a picture (.png), a page (.html) or JSON; an existing file is replaced.

    Raises:
        SettingError: the suffix is unknown, or there is nothing to draw.
        OSError: the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind == ".png":
        from anymood.explanation.picture import draw

        file = io.BytesIO()
        draw(explanation).save(file, "PNG", optimize=True)
        content = file.getvalue()
    elif kind == ".html":
        from anymood.explanation.page import page

        content = page(explanation).encode()
    elif kind == ".json":
        content = (json.dumps(explanation.to_dict(), indent=2, ensure_ascii=False) + "\n").encode()
    else:
        raise SettingError(f"{path} must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}.")
    with atomic_write(path) as out:
        out.write(content)
