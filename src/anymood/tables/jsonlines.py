"""JSON Lines: one object a line; a key that a line leaves out is a missing value."""

import json
import re
from collections.abc import Generator
from contextlib import closing
from itertools import islice
from pathlib import Path

from anymood.errors import TableError
from anymood.posts import Reason
from anymood.tables.lines import LIMIT, MENDED, read_lines
from anymood.tables.records import Format, Record

# Rows whose keys count as the table's columns. Keys that first occur later are read too, but may find no place in an
# output, whose columns are fixed by then: such rows get the problem "late key".
ROWS_THAT_NAME_COLUMNS = 1000

MOST_NESTED = 100  # objects and lists in each other; deeper ones could be read, but not written

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LONE = re.compile("[\ud800-\udfff]")


def columns(path: Path) -> list[str]:
    """Keys of the first thousand rows, in the order they occur.

    Raises:
        TableError: there is not one object among them.
    """
    names: dict[str, None] = {}
    with closing(records(path)) as rows:
        for record in islice(rows, ROWS_THAT_NAME_COLUMNS):
            names.update(dict.fromkeys(record.values))
    if not names:
        raise TableError(f"{path} begins without a JSON object. Write one object a line, not an array or a value.")
    return list(names)


def records(path: Path) -> Generator[Record, None, None]:
    """The rows; blank lines are none."""
    with closing(read_lines(path)) as lines:
        number = 0
        for line in lines:
            if not line.text.strip():
                continue
            number += 1
            record = Record(number, f"{path.name}:{line.number}", {})
            if line.cut:
                record.add_problem(Reason.LONG_LINE, f"only {LIMIT:,} characters of its line are read.")
            if line.mended:
                record.add_problem(Reason.ENCODING, MENDED)
            _parse(line.text, record)
            yield record


def _parse(text: str, record: Record) -> None:
    twice: set[str] = set()

    def build(pairs: list[tuple[str, object]]) -> dict[str, object]:
        built = dict(pairs)
        if len(built) < len(pairs):
            keys = [key for key, _ in pairs]
            twice.update(key for key in built if keys.count(key) > 1)
        return built

    try:
        value = json.loads(text, object_pairs_hook=build)
        if _ESCAPED_SURROGATE.search(text):
            value = _mend(value, record)
    except (ValueError, RecursionError) as error:
        record.add_problem(Reason.NO_JSON_OBJECT, f"it is not a JSON object: {error}.")
        return
    if text.count("[") + text.count("{") > MOST_NESTED and _is_deep(value):
        record.add_problem(Reason.NO_JSON_OBJECT, f"its values are nested in each other more than {MOST_NESTED} times.")
        return
    if not isinstance(value, dict):
        record.add_problem(Reason.NO_JSON_OBJECT, f"it is a JSON {type(value).__name__}, not an object.")
        return
    if twice:
        record.add_problem(
            Reason.DUPLICATE_KEY, f"it has {', '.join(sorted(twice))} more than once; the last value counts."
        )
    record.values.update(value)


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(MOST_NESTED):
        inner = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [one for many in inner for one in many]
    return any(isinstance(one, dict | list) for one in level)


def _mend(value: object, record: Record) -> object:
    """The same without halves of surrogate pairs, which JSON can spell and no file can hold."""
    mended, times = _LONE.subn("\ufffd", json.dumps(value, ensure_ascii=False))
    if times:
        record.add_problem(Reason.ENCODING, "it holds half of a surrogate pair, which is replaced.")
        value = json.loads(mended)
    return value


JSON_LINES = Format(columns, records)
