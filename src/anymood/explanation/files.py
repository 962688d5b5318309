"""Output of an explanation to a file, whose suffix decides the format."""

import io
import json
from pathlib import Path

from anymood.errors import SettingError
from anymood.explanation.values import Explanation
from anymood.files import write_output

SUFFIXES = (".html", ".json", ".png")


def write_explanation(explanation: Explanation, path: Path) -> None:
    """Write an explanation as a picture (.png), a page (.html) or JSON; an existing file is replaced.

    Raises:
        SettingError: the suffix is unknown, there is nothing to draw, or the file cannot be written.
    """
    kind = path.suffix.lower()
    content: str | bytes
    if kind == ".png":
        from anymood.explanation.picture import draw

        file = io.BytesIO()
        draw(explanation).save(file, "PNG", optimize=True)
        content = file.getvalue()
    elif kind == ".html":
        from anymood.explanation.page import page

        content = page(explanation)
    elif kind == ".json":
        content = json.dumps(explanation.to_dict(), indent=2, ensure_ascii=False) + "\n"
    else:
        raise SettingError(f"{path} must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}.")
    write_output(path, content)
