"""Parser of ONNX files, which are protocol buffers, without the package onnx, which is not part of the base install.

Wire format: https://protobuf.dev/programming-guides/encoding; fields: onnx.proto3 of the ONNX project.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

# Field numbers of onnx.proto3
GRAPH = 7  # of a model
NODE, INITIALIZER, INPUT, OUTPUT, VALUE_INFO = 1, 5, 11, 12, 13  # of a graph
NODE_INPUT, NODE_OUTPUT, NODE_TYPE = 1, 2, 4
TENSOR_TYPE, TENSOR_NAME, TENSOR_RAW, TENSOR_EXTERNAL = 2, 8, 9, 13
VALUE_NAME, VALUE_TYPE = 1, 2

_IS_EXTERNAL = b"\x70\x01"  # field 14 of a tensor, where its data are: 1 for external
_LARGE = 1 << 16  # bytes of a weight that is worth mapping
_NUMBER_BYTES = {1: 4, 2: 1, 3: 1, 10: 2}  # by TENSOR_TYPE: float32, uint8, int8, float16

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types


Source: TypeAlias = bytes | mmap.mmap


class Field(NamedTuple):
    """A field of a message.

    Attributes:
        number: number of the field.
        source: bytes of the message that contains it.
        start: offset of the field in ``source``.
        at: offset of its content, after its number and length.
        end: offset of its end.
    """

    number: int
    source: Source
    start: int
    at: int
    end: int

    @property
    def whole(self) -> bytes:
        """The bytes of the field, with its number and length."""
        return self.source[self.start : self.end]

    @property
    def content(self) -> bytes:
        """The bytes of its content."""
        return self.source[self.at : self.end]

    @property
    def value(self) -> int:
        """Its integer value."""
        return _read_varint(self.source, self.at, self.end)[0]

    def fields(self) -> "Iterator[Field]":
        """The fields of the message it contains."""
        return fields(self.source, self.at, self.end)


def with_mapped_weights(path: Path) -> bytes:
    """An ONNX file with its large weights as external data, which stay in the file at ``path``.

    Engines map external data into memory: the weights are not copied, processes share them, and of an embedding table
    only the rows that are used are read.

    Raises:
        ValueError: it is not an ONNX file.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as source:
        return b"".join(
            message(GRAPH, b"".join(_mapped(part, path.name) for part in model.fields()))
            if model.number == GRAPH
            else model.whole
            for model in fields(source)
        )


def _mapped(part: Field, file: str) -> bytes:
    """A part of a graph, with large weights replaced by references to a file."""
    if part.number != INITIALIZER or part.end - part.at < _LARGE:
        return part.whole
    weight = list(part.fields())
    raw = next((field for field in weight if field.number == TENSOR_RAW), None)
    kind = next((field.value for field in weight if field.number == TENSOR_TYPE), 0)
    if raw is None or raw.at % _NUMBER_BYTES.get(kind, 8):
        return part.whole
    place = {"location": file, "offset": str(raw.at), "length": str(raw.end - raw.at)}
    entries = (message(1, key.encode()) + message(2, value.encode()) for key, value in place.items())
    written = [field.whole for field in weight if field is not raw]
    written += [message(TENSOR_EXTERNAL, entry) for entry in entries]
    return message(INITIALIZER, b"".join((*written, _IS_EXTERNAL)))


def message(number: int, content: bytes) -> bytes:
    """A field that contains bytes or a message."""
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def fields(source: Source, start: int = 0, end: int | None = None) -> Iterator[Field]:
    """The fields of a message, in order.

    Args:
        source: bytes that contain the message.
        start: offset of its first field.
        end: offset of its end; by default the end of ``source``.

    Raises:
        ValueError: it is not a message.
    """
    at = start
    end = len(source) if end is None else end
    while at < end:
        start = at
        key, at = _read_varint(source, at, end)
        wire = key & 7
        if wire == _VARINT:
            _, after = _read_varint(source, at, end)
        elif wire == _BYTES:
            length, at = _read_varint(source, at, end)
            after = at + length
        elif wire in (_FIXED32, _FIXED64):
            after = at + (4 if wire == _FIXED32 else 8)
        else:
            raise ValueError(f"There is no wire type {wire}.")
        if after > end:
            raise ValueError("A field is longer than its message.")
        yield Field(key >> 3, source, start, at, after)
        at = after


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def _read_varint(source: Source, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= end or shift > 63:
            raise ValueError("A number does not end.")
        byte = source[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
