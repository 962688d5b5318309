"""JSON documents: a list of objects, or an object with such a list."""

from pathlib import Path

from anymood.tables.formats.jsonl import JsonLines, JsonLinesWriter
from anymood.tables.registry import register


class JsonWriter(JsonLinesWriter):
    """A list of objects, each on a line of its own."""

    def finish(self, partial: Path) -> Path:
        """Put brackets around the lines and commas between them."""
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
    """A list of objects, an object that holds a list of objects, or one object."""

    name = "json"
    description = "JSON: a list of objects, or an object with such a list"
    suffixes = (".json",)
    writer = JsonWriter
