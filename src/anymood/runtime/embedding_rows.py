"""Rows of large embedding tables, read from a graph's file when a run needs them.

A table has hundreds of thousands of rows, of which a run needs a few hundred. If it is mapped into memory, the system
maps 64 KB around each of them, and soon all of the table. So the graph gets two inputs in place of a table: the rows
that a run needs, and the positions of its tokens among them::

    tokens (B, T) -> Reshape ... -> ids -> Gather(table (V, D), ids)
    positions (B, T) -> Reshape ... -> Gather(rows (R, D), positions)

Shape legend: B texts, T tokens, V rows of a table, D numbers in a row, R different ids in a run.
"""

import os
import weakref
from collections.abc import Collection, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from anymood.runtime.onnx_file import (
    ATTRIBUTE_INT,
    ENTRY_KEY,
    ENTRY_VALUE,
    GRAPH,
    INITIALIZER,
    INPUT,
    NODE,
    NODE_ATTRIBUTE,
    NODE_INPUT,
    NODE_NAME,
    NODE_OUTPUT,
    TENSOR_EXTERNAL,
    TENSOR_NAME,
    TENSOR_SHAPE,
    TENSOR_TYPE,
    VALUE_NAME,
    Field,
    Node,
    array_value,
    fields,
    message,
    name_in,
    read_node,
)

LARGE = 5_000_000  # bytes of a table whose rows are read one by one, in a microsecond each
CACHED = 2**12  # rows of each table that are cached: 90 % of the lookups, in 2 MB

_DTYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 10: np.float16}  # by TENSOR_TYPE
# Operators that arrange the values of their first input, and compute nothing with them.
_ARRANGING = frozenset({b"Reshape", b"Transpose", b"Squeeze", b"Unsqueeze", b"GatherND", b"Identity"})
_INT64 = 7  # of TENSOR_TYPE
_POSITIONS, _ROWS = b".positions", b".rows"  # added to the names of ids and tables


class Table(NamedTuple):
    """A table of a graph, as external data.

    Attributes:
        name: name in the graph.
        kind: type of its numbers, a TENSOR_TYPE.
        rows: V.
        width: D.
        offset: place of the first row in the file.
    """

    name: bytes
    kind: int
    rows: int
    width: int
    offset: int


class EmbeddingRows:
    """Reads the rows of tables by token ids; thread-safe.

    Args:
        path: file with the tables.
        tokens: name of the input with token ids.
        tables: the tables.
    """

    def __init__(self, path: Path, tokens: str, tables: list[Table]) -> None:
        self._tokens = tokens
        self._tables = tables
        self._file = file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, file)
        self._read = lru_cache(CACHED * len(tables))(partial(os.pread, file))  # by number of bytes and offset

    def added_to(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Inputs of the graph with those that stand for its tables.

        Raises:
            IndexError: a token id is not in the table.
            OSError: the file cannot be read.
            TypeError: the file has become shorter.
        """
        tokens = inputs[self._tokens]
        ids, positions = np.unique(tokens, return_inverse=True)
        rows = {(table.name + _ROWS).decode(): self._rows_of(table, ids.tolist()) for table in self._tables}
        return {**inputs, self._tokens + _POSITIONS.decode(): positions.reshape(tokens.shape), **rows}

    def _rows_of(self, table: Table, ids: list[int]) -> NDArray[Any]:
        """Rows (R, D) of sorted ids."""
        if ids and not 0 <= ids[0] <= ids[-1] < table.rows:
            raise IndexError(f"ids from {ids[0]} to {ids[-1]} are outside of the {table.rows} rows of the table")
        dtype = np.dtype(_DTYPES[table.kind])
        size = table.width * dtype.itemsize
        rows = [self._read(size, table.offset + row * size) for row in ids]
        return np.ndarray((len(ids), table.width), dtype, b"".join(rows))


def with_rows_as_inputs(model: bytes, path: Path) -> tuple[bytes, EmbeddingRows | None]:
    """A graph with rows in place of its large embedding tables, and their reader; the same graph and None without any.

    A table qualifies if its rows are gathered by the token ids themselves, in any arrangement, and these are the only
    input of the graph.

    Args:
        model: content of an ONNX file with external data, from ``with_mapped_weights``.
        path: file with the external data.
    """
    parts = [part for field in fields(model) if field.number == GRAPH for part in field.fields()]
    tables = {table.name: table for table in map(_large_table, parts) if table is not None}
    inputs = [name_in(part, VALUE_NAME) for part in parts if part.number == INPUT]
    if not tables or len(inputs) != 1:
        return model, None
    [tokens] = inputs
    makers: dict[bytes, Node] = {}
    copied: set[bytes] = set()
    used: dict[bytes, Table] = {}
    written = []
    for part in parts:
        if part.number != NODE or len(used) == len(tables):  # tables are gathered at the beginning
            written.append(part.whole)
            continue
        node = read_node(part)
        makers.update(dict.fromkeys(node.outputs, node))
        steps = _steps_to_ids(node, makers, tokens) if _gathers(node, tables) else None
        if steps is None:
            written.append(part.whole)
            continue
        name = node.inputs[0]
        used[name] = tables[name]
        names = {value: value + _POSITIONS for value in (tokens, *(step.outputs[0] for step in steps))}
        written += [_renamed(step, names) for step in steps if step.outputs[0] not in copied]
        written.append(_renamed(node, {**names, name: name + _ROWS}))
        copied.update(names)
    if not used:
        return model, None
    written.append(message(INPUT, array_value(tokens + _POSITIONS, _INT64, 2)))
    written += [message(INPUT, array_value(name + _ROWS, table.kind, 2)) for name, table in used.items()]
    rest = [field.whole for field in fields(model) if field.number != GRAPH]
    graph = message(GRAPH, b"".join(written))
    return b"".join((*rest, graph)), EmbeddingRows(path, tokens.decode(), list(used.values()))


def _large_table(part: Field) -> Table | None:
    """The table in a part of a graph, if there is a large one in external data."""
    if part.number != INITIALIZER:
        return None
    tensor = list(part.fields())
    entries = [field for field in tensor if field.number == TENSOR_EXTERNAL]
    place = {name_in(entry, ENTRY_KEY): name_in(entry, ENTRY_VALUE) for entry in entries}
    kind = next((field.value for field in tensor if field.number == TENSOR_TYPE), 0)
    shape = [field.value for field in tensor if field.number == TENSOR_SHAPE]
    if int(place.get(b"length", b"0")) < LARGE or kind not in _DTYPES or len(shape) != 2:
        return None
    return Table(name_in(part, TENSOR_NAME), kind, shape[0], shape[1], int(place[b"offset"]))


def _gathers(node: Node, tables: Collection[bytes]) -> bool:
    """Whether a node gathers rows of one of the tables."""
    if node.kind != b"Gather" or node.inputs[0] not in tables:
        return False
    [field] = fields(node.whole)
    attributes = (part for part in field.fields() if part.number == NODE_ATTRIBUTE)
    return all(part.value == 0 for axis in attributes for part in axis.fields() if part.number == ATTRIBUTE_INT)


def _steps_to_ids(gather: Node, makers: Mapping[bytes, Node], tokens: bytes) -> list[Node] | None:
    """The nodes that arrange token ids for a gather, from the first; None if its indices are other values."""
    steps: list[Node] = []
    value = gather.inputs[1]
    while value != tokens:
        maker = makers.get(value)
        if maker is None or maker.kind not in _ARRANGING:
            return None
        steps.insert(0, maker)
        value = maker.inputs[0]
    return steps


def _renamed(node: Node, names: Mapping[bytes, bytes]) -> bytes:
    """A node with other names of values, and no name of its own, which would not be unique in a copy."""
    [field] = fields(node.whole)
    parts = (
        message(part.number, names.get(part.content, part.content))
        if part.number in (NODE_INPUT, NODE_OUTPUT)
        else part.whole
        for part in field.fields()
        if part.number != NODE_NAME
    )
    return message(NODE, b"".join(parts))
