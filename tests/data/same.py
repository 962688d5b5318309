"""When two results are the same: equal throughout, but for the last digits of numbers.

A post gets the same prediction alone and in a batch, from the library and from the service, in a job that was
interrupted and in one that was not. The numbers of the two may differ in their last digits, because a processor adds up
in another order when a batch has another size. What anymood promises is 1e-5.
"""

import csv
import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from numbers import Number
from pathlib import Path
from typing import Any

import numpy as np

from anymood.runtime.engines.registry import in_8_bits
from anymood.runtime.predictor import Model

# The greatest difference of two numbers, by the precision that the model computes in.
CLOSE = {"float32": 1e-5, "bfloat16": 2e-2}
# In OpenVINO, a sum may be rounded to another number of 8 bits, because its last digits depend on the batch.
CLOSE_IN_8_BITS = 5e-3

MISSING = object()
DECIMAL = re.compile(r"-?\d+(?:\.\d+(?:e[+-]?\d+)?|e[+-]?\d+)", re.IGNORECASE)


def assert_same(actual: Any, expected: Any, *, by: Any = None, close: float | None = None) -> None:
    """Fail unless two results are the same.

    Args:
        actual: predictions, scores, mappings, sequences, arrays, tensors, or anything that knows ``==``.
        expected: what it should be.
        by: the model or the engine that computed them, where that may round more coarsely.
        close: the greatest difference of two numbers; by default that of float32, or of ``by``.
    """
    limit = close or (CLOSE["float32"] if by is None else _limit(by))
    differences = list(_differences(actual, expected, limit, ""))
    assert not differences, "\n".join(differences[:20])


def assert_same_file(actual: Path, expected: Path, *, by: Any = None) -> None:
    """Fail unless two written tables are the same: of CSV and JSON Lines every character outside of decimals."""
    if actual.suffix == ".parquet":
        from pyarrow import parquet

        assert parquet.read_schema(actual) == parquet.read_schema(expected)
    else:
        first, second = (DECIMAL.sub("#", path.read_bytes().decode()) for path in (actual, expected))
        assert first == second
    assert_same(read_rows(actual), read_rows(expected), by=by)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a written table; of CSV and TSV, decimals as numbers and all else as text."""
    if path.suffix == ".parquet":
        from pyarrow import parquet

        return parquet.read_table(path).to_pylist()
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in file]
        rows = csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ",")
        return [{name: float(cell) if DECIMAL.fullmatch(cell) else cell for name, cell in row.items()} for row in rows]


def _limit(by: Any) -> float:
    """The greatest difference of two numbers that a model or an engine computed."""
    engine = getattr(by, "_graphs", by).engine
    in_openvino = engine.name == "openvino" and isinstance(by, Model) and in_8_bits(by.bundle.graphs)
    return max(CLOSE[engine.precision], CLOSE_IN_8_BITS if in_openvino else 0)


def _differences(actual: Any, expected: Any, close: float, where: str) -> Iterator[str]:
    """What differs, and where."""
    actual, expected = _plain(actual), _plain(expected)
    message = f"{where or 'the result'} is {actual!r:.200}, not {expected!r:.200}"
    if isinstance(actual, np.ndarray) or isinstance(expected, np.ndarray):
        if not _same_arrays(np.asarray(actual), np.asarray(expected), close):
            yield message
    elif isinstance(actual, Mapping) and isinstance(expected, Mapping):
        for name in {**expected, **actual}:
            yield from _differences(actual.get(name, MISSING), expected.get(name, MISSING), close, f"{where}[{name!r}]")
    elif isinstance(actual, list) and isinstance(expected, list):
        for number, (one, other) in enumerate(zip_longest(actual, expected, fillvalue=MISSING)):
            yield from _differences(one, other, close, f"{where}[{number}]")
    elif isinstance(actual, Number) and isinstance(expected, Number):
        if not _same_arrays(np.asarray(actual), np.asarray(expected), close):
            yield message
    elif actual != expected:
        yield message


def _plain(value: Any) -> Any:
    """Mappings, lists and arrays in place of what holds them."""
    if hasattr(value, "to_dict"):  # a prediction: its label and its disagreement too
        return value.to_dict()
    if hasattr(value, "probabilities"):
        return value.probabilities
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "detach"):
        return value.detach().cpu().numpy()
    if isinstance(value, list | tuple | Iterator):
        return list(value)
    return value


def _same_arrays(actual: Any, expected: Any, close: float) -> bool:
    """Whether two arrays or numbers are the same; whole numbers and truth values exactly."""
    if actual.shape != expected.shape:
        return False
    if not (np.issubdtype(actual.dtype, np.inexact) or np.issubdtype(expected.dtype, np.inexact)):
        return bool(np.array_equal(actual, expected))
    return bool(np.allclose(actual, expected, rtol=0, atol=close, equal_nan=True))
