"""Conversion of values for formats without types, and access to nested values."""

import json
import math
from collections.abc import Mapping
from typing import Any

from anymood.preparation.serialised import serialised_objects
from anymood.tables.annotations import counting

MAX_DEPTH = 5  # levels of values with dotted names
MAX_NESTED = 1000  # dotted names


def plain(value: object) -> Any:
    """A value that JSON can represent: dates and bytes in UTF-8 become texts; NaN, infinities and other bytes null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return utf_8(value) if isinstance(value, bytes) else str(value)


def utf_8(value: bytes) -> str | None:
    """The text in bytes in UTF-8, as Hive and Impala write texts; None for others, such as images and binary ids."""
    try:
        return None if b"\0" in value else value.decode()
    except UnicodeDecodeError:
        return None


def as_text(value: object) -> str | None:
    """A value as text, None if it is missing."""
    if isinstance(value, float) and math.isinf(value):
        return str(value)  # not valid in JSON, but as text
    json_value = plain(value)
    if json_value is None:
        return None
    text = json_value if isinstance(json_value, str) else json.dumps(json_value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()  # file names may contain lone surrogates


def nested_names(values: Mapping[str, object], prefix: str = "", depth: int = 1) -> set[str]:
    """Dotted names of the values within objects: ``record.text``."""
    names: set[str] = set()
    for key, held in values.items():
        name, value = f"{prefix}{key}", held
        if prefix:
            names.add(name)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, Mapping) and depth < MAX_DEPTH and len(names) < MAX_NESTED:
            names |= nested_names(value, f"{name}.", depth + 1)
    return names


def value_at(values: Mapping[str, object], name: str, *, each: bool = False) -> object:
    """The value of a column, or of a dotted name within columns of objects, also of serialised ones.

    A list of one object counts as that object; annotations that were cancelled, skipped or discarded are not counted. A
    list of several is returned as it is, or with ``each`` as the list of the values in its objects.
    """
    if name in values:
        return values[name]
    head, dot, rest = name.partition(".")
    while dot:
        inner = values.get(head)
        if isinstance(inner, str):
            inner = serialised_objects(inner)
        if isinstance(inner, list) and len(inner := counting(inner)) == 1:
            inner = inner[0]
        if isinstance(inner, Mapping):
            return value_at(inner, rest, each=each)
        if isinstance(inner, list) and inner and all(isinstance(item, Mapping) for item in inner):
            found = [value_at(item, rest, each=True) for item in inner] if each else inner
            return [one for one in found if one is not None]
        more, dot, rest = rest.partition(".")
        head = f"{head}.{more}"
    return None
