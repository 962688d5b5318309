"""The rows of JSON Lines, and of a list in a JSON document."""

import json
import re
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import closing
from dataclasses import replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from anymood.errors import TableError
from anymood.json_stream import ANY, ITEM, Broken, documents, repeated_keys
from anymood.json_stream import Path as ValuePath
from anymood.posts import Reason
from anymood.tables.format import HasPosts, Head, Record
from anymood.tables.lines import DECODED, add_line_problems, file_encoding, filled_lines, open_text
from anymood.tables.values import nested_names
from anymood.text_decoding import is_broken, is_utf_16, mended, recoded

# Rows whose keys become the columns of the table. Keys that first occur later are read as well, but the output may have
# no column for them: such rows get the problem "late key".
ROWS_THAT_NAME_COLUMNS = 1000
MAX_NESTING = 100  # maximum nesting of objects and lists; deeper ones can be read, but not written
TOO_DEEP = f"its values are nested more than {MAX_NESTING} times."
_KINDS = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
}
HEAD_BYTES = 2**16  # bytes that decide between a document and JSON Lines

# Paths of the list of posts in a document that is an object.
_LISTS: tuple[ValuePath, ...] = ((ITEM,), (ANY, ITEM), (ANY, ANY, ITEM))
_ASSIGNMENT = re.compile(r"[A-Za-z_$][\w.$]*\s*=\s*[\[{]")  # JavaScript, as in X's archives
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LONE = re.compile("[\ud800-\udfff]")


def lines_head(path: Path) -> Head:
    """Keys of the first thousand rows of JSON Lines, in order of first occurrence.

    Raises:
        TableError: none of them is an object.
    """
    return _head_of_rows(path, line_records(path))


def line_records(path: Path) -> Generator[Record, None, None]:
    """The rows of JSON Lines; blank lines are skipped."""
    with closing(filled_lines(path)) as lines:
        for number, line in enumerate(lines, 1):
            record = Record(number, f"{path.name}:{line.number}", {})
            add_line_problems(record, [line])
            _parse(line.text, record)
            yield record


def is_document(path: Path, *, named_lines: bool) -> bool:
    """Whether a file is a JSON document rather than JSON Lines.

    Args:
        path: path of the file.
        named_lines: whether its suffix is that of JSON Lines.
    """
    with open_text(path) as stream:
        text = _utf_8(stream).read(HEAD_BYTES).decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not text.startswith("{"):
        return text.startswith("[") or _ASSIGNMENT.match(text) is not None or not named_lines
    first, end, rest = text.partition("\n")
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return first.strip() == "{" or not (named_lines or rest.lstrip().startswith("{"))
    return not named_lines and not (end and rest.strip())


def document_head(path: Path, has_posts: HasPosts) -> Head:
    """Find the list of posts in a document; if there is none, the document is the only post.

    Raises:
        TableError: there is no object in it, or several lists qualify.
    """
    keys: set[str] = set()
    lists: dict[ValuePath, list[Record]] = {}
    encoding = cache(partial(file_encoding, path))
    with open_text(path) as stream:
        for value in documents(_utf_8(stream), _LISTS, keys):
            if not isinstance(value, Broken) and isinstance(value.data, dict):
                rows = lists.setdefault(value.path, [])
                rows.append(_record(path, len(rows) + 1, value.place, value.data, encoding))
                if len(rows) == ROWS_THAT_NAME_COLUMNS:
                    break
    heads = {where: _head_of(rows) for where, rows in lists.items()}
    likely = [where for where, head in heads.items() if has_posts((*head.columns, *head.nested))] or list(heads)
    if not heads or (has_posts(tuple(keys)) and (ITEM,) not in heads):
        # The document, or each of several concatenated ones, is a post.
        return replace(_head_of_rows(path, document_records(path, Head((), details=()))), details=())
    if len(likely) > 1:
        names = " and ".join(sorted(_name(where) for where in likely))
        raise TableError(
            f"{path} contains several lists: {names}. Write the objects of one list to a file, one per line (for "
            f"example with jq -c '.{_name(likely[0])}[]')."
        )
    head, [where] = heads[likely[0]], likely
    notes = () if where == (ITEM,) else (f"the rows are the objects in the list {_name(where)!r}",)
    return Head(head.columns, head.nested, notes=notes, details=where)


def document_records(path: Path, head: Head) -> Generator[Record, None, None]:
    """The rows of a document."""
    number = 0
    encoding = cache(partial(file_encoding, path))
    keys = _Keys()
    with open_text(path) as stream:
        for value in documents(_utf_8(stream), [head.details], build=keys.build):
            if isinstance(value, Broken) and value.problem.reason is Reason.ENCODING:
                continue  # reported by the rows themselves
            if isinstance(value, Broken):
                number += 1
                record = Record(number, f"{path.name}, {value.place}", {})
                record.add_problem(value.problem.reason, value.problem.message)
                yield record
            elif value.path == head.details:
                number += 1
                yield _record(path, number, value.place, value.data, encoding, keys.twice)
            keys.twice.clear()


def _head_of_rows(path: Path, records: Generator[Record, None, None]) -> Head:
    """The columns of the first thousand rows.

    Raises:
        TableError: none of them is an object with a value, or the only one contains the columns of a table.
    """
    with closing(records) as rows:
        sample = list(islice(rows, ROWS_THAT_NAME_COLUMNS))
    head = _head_of(sample)
    if len(sample) == 1 and _is_by_column(sample[0].values):
        raise TableError(
            f"{path} is one object with the columns or rows of a table, as pandas' to_json writes it by default. Write "
            "a list of rows: frame.to_json(path, orient='records')."
        )
    if not head.columns:
        first = next((f" In its first row, {problem.message}" for row in sample for problem in row.problems), "")
        raise TableError(
            f"{path} contains no JSON object with a value. Write one object per line, or a list of objects.{first}"
        )
    return head


def _is_by_column(values: dict[str, Any]) -> bool:
    """Whether an object is a table: columns or rows by their names, or pandas' ``orient="split"``."""
    if values.keys() == {"columns", "index", "data"}:
        return True
    parts = list(values.values())
    if not parts or not all(parts):
        return False
    if all(isinstance(part, dict) and part.keys() == parts[0].keys() for part in parts):
        return len(parts) > 1 or all(key.isdecimal() for key in parts[0])
    return all(isinstance(part, list) and len(part) == len(parts[0]) for part in parts)


def _head_of(records: Iterable[Record]) -> Head:
    """The columns of some records: their keys, and names of values within objects."""
    names: dict[str, None] = {}
    nested: set[str] = set()
    for record in records:
        names.update(dict.fromkeys(record.values))
        nested |= nested_names(record.values)
    return Head(tuple(names), frozenset(nested))


def _name(where: ValuePath) -> str:
    return ".".join(where[:-1])


def _utf_8(stream: BinaryIO) -> BinaryIO:
    """The same text in UTF-8."""
    return recoded(stream, "utf-16") if is_utf_16(stream) else stream


def _record(
    path: Path, number: int, place: str, value: object, encoding: Callable[[], str], twice: Collection[str] = ()
) -> Record:
    """The record of a value; ``encoding`` returns that of text that is not UTF-8."""
    record = Record(number, f"{path.name}, {place}", {})
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        text = json.dumps(value, ensure_ascii=False)
        if is_broken(text):
            record.add_problem(Reason.ENCODING, DECODED)
            value = json.loads(mended(text, encoding()))
        value = _without_lone_surrogates(value, record)
    except RecursionError:
        pass  # too deep: reported below
    _fill(record, value, twice)
    return record


class _Keys:
    """Builds the objects of a value, and notes keys that one of them has more than once."""

    def __init__(self) -> None:
        self.twice: set[str] = set()

    def build(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        self.twice.update(repeated_keys(pairs))
        return dict(pairs)


def _parse(text: str, record: Record) -> None:
    """Parse a line."""
    keys = _Keys()
    try:
        value = json.loads(text, object_pairs_hook=keys.build)
        if _ESCAPED_SURROGATE.search(text):
            value = _without_lone_surrogates(value, record)
    except ValueError as error:
        record.add_problem(Reason.NO_JSON_OBJECT, f"it is not a JSON object: {error}.")
        return
    except RecursionError:
        record.add_problem(Reason.NO_JSON_OBJECT, TOO_DEEP)
        return
    _fill(record, value, keys.twice, deep=text.count("[") + text.count("{") > MAX_NESTING)


def _fill(record: Record, value: object, twice: Collection[str], *, deep: bool = True) -> None:
    """Copy the values of an object; ``deep`` is whether it may be nested too deeply."""
    if deep and is_deep(value):
        record.add_problem(Reason.NO_JSON_OBJECT, TOO_DEEP)
        return
    if not isinstance(value, dict):
        record.add_problem(Reason.NO_JSON_OBJECT, f"it is {_KINDS[type(value)]}, not a JSON object.")
        return
    if twice:
        record.add_problem(
            Reason.DUPLICATE_KEY, f"it has {', '.join(sorted(twice))} more than once; the last value is used."
        )
    record.values.update(value)


def is_deep(value: object) -> bool:
    """Whether objects and lists are nested more than ``MAX_NESTING`` times."""
    level = [value]
    for _ in range(MAX_NESTING):
        inner = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [one for many in inner for one in many]
    return any(isinstance(one, dict | list) for one in level)


def _without_lone_surrogates(value: object, record: Record) -> object:
    """The same value without lone surrogates, which JSON can escape and no file can contain."""
    text, times = _LONE.subn("\ufffd", json.dumps(value, ensure_ascii=False))
    if times:
        record.add_problem(Reason.ENCODING, "it has a lone surrogate, which is replaced.")
        value = json.loads(text)
    return value
