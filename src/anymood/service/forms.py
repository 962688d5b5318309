"""A post as ``multipart/form-data``, in memory alone: nothing that was posted ever touches a disk."""

import logging

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header

from anymood.service.problems import MalformedRequest

FIELDS = ("text", "image", "id", "model")

# It warns of flaws by quoting what was posted; they come back as errors all the same.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL + 1)


def read_form(content_type: str, body: bytes) -> dict[str, str | bytes]:
    """The fields of a form by name; the image as bytes.

    Raises:
        MalformedRequest: it is no such form, has other fields, one twice, or a file where none should be.
    """
    parts = _Parts()
    _, options = parse_options_header(content_type)
    try:
        parser = FormParser(
            "multipart/form-data",
            parts.add_field,
            parts.add_file,
            parts.end,
            options.get(b"boundary"),
            config={"MAX_MEMORY_FILE_SIZE": len(body) + 1},
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise MalformedRequest("The form cannot be read. Let a library write it, or curl with -F.") from error
    if not parts.ended:
        raise MalformedRequest("The form ends before its last boundary. Send it whole.")
    return parts.values


class _Parts:
    """What the parser has found."""

    def __init__(self) -> None:
        self.values: dict[str, str | bytes] = {}
        self.ended = False

    def add_field(self, field: Field) -> None:
        name = self._name(field)
        if name == "image":
            raise MalformedRequest("The field 'image' should be a file; with curl: -F image=@photo.jpg")
        try:
            self.values[name] = (field.value or b"").decode()
        except UnicodeDecodeError as error:
            raise MalformedRequest(f"The field {name!r} is not UTF-8. Encode it so.") from error

    def add_file(self, file: File) -> None:
        name = self._name(file)
        if name != "image":
            raise MalformedRequest(f"The field {name!r} should be text, not a file.")
        file.file_object.seek(0)
        content = file.file_object.read()
        if content or file.file_name:  # else it is how a browser sends a file that was not picked
            self.values[name] = content

    def end(self) -> None:
        self.ended = True

    def _name(self, part: Field | File) -> str:
        name = (part.field_name or b"").decode("utf-8", "replace")
        if name not in FIELDS or name in self.values:  # thousands of parts are given up at the first that is odd
            which = "there twice" if name in self.values else "unknown"
            raise MalformedRequest(f"The field {name[:80]!r} is {which}. A post has: {', '.join(FIELDS)}.")
        return name
