"""JSON documents: a list of objects, or an object with such a list."""

from pathlib import Path

from anymood.tables.formats.jsonl import JsonLines, JsonLinesWriter
from anymood.tables.registry import register


class JsonWriter(JsonLinesWriter):
    """A list of objects, one per line."""

    def finish(self, partial: Path) -> Path:
        """Add brackets around the lines and commas between them."""
        target = partial.with_suffix(".json")
        with partial.open("rb") as lines, target.open("wb") as file:
            before = b"[\n"
            for line in lines:
                file.write(before + line.rstrip(b"\n"))
                before = b",\n"
            file.write(b"[]\n" if before == b"[\n" else b"\n]\n")
        return target


@register
class Json(JsonLines):
    """A list of objects, an object that contains a list of objects, or a single object."""

    name = "json"
    description = "JSON: a list of objects, or an object with such a list"
    suffixes = (".json",)
    writer = JsonWriter
