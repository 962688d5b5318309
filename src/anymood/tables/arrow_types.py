"""Arrow types of columns in Parquet and Daft."""

from collections.abc import Callable, Mapping
from typing import Any

from anymood.tables.format import Kind
from anymood.tables.values import MAX_DEPTH


def with_leaves(kind: Any, leaf: Callable[[Any], Any]) -> Any:
    """An Arrow type with ``leaf`` applied to each type in it that is not nested."""
    import pyarrow
    from pyarrow import types

    def inner(field: Any) -> Any:
        return field.with_type(with_leaves(field.type, leaf))

    if types.is_struct(kind):
        return pyarrow.struct([inner(field) for field in kind.fields])
    if types.is_map(kind):
        return pyarrow.map_(inner(kind.key_field), inner(kind.item_field), keys_sorted=kind.keys_sorted)
    if types.is_fixed_size_list(kind):
        return pyarrow.list_(inner(kind.value_field), kind.list_size)
    for name in ("list", "large_list", "list_view", "large_list_view"):
        if getattr(types, f"is_{name}")(kind):
            return getattr(pyarrow, "list_" if name == "list" else name)(inner(kind.value_field))
    return leaf(kind)


def plain_type(kind: Any) -> Any:
    """The Arrow type that replaces one which pyarrow cannot build from Python values."""
    import pyarrow

    if pyarrow.types.is_dictionary(kind):
        return kind.value_type
    return pyarrow.bool_() if kind == pyarrow.bool8() else kind


def casts(field: Any, target: Any) -> bool:
    """Whether Arrow can cast the values of a field to another type."""
    import pyarrow

    try:
        pyarrow.nulls(1, field.type).cast(target.type)
    except pyarrow.ArrowNotImplementedError:
        return False
    return True


def added_fields(added: Mapping[str, Kind]) -> list[Any]:
    """Arrow fields of the columns that are added to a table."""
    import pyarrow

    def field(kind: Kind) -> Any:
        if isinstance(kind, tuple):
            return pyarrow.struct([(name, pyarrow.float64()) for name in kind])
        return pyarrow.string() if kind is str else pyarrow.float64()

    return [pyarrow.field(name, field(kind)) for name, kind in added.items()]


def nested_fields(schema: Any) -> frozenset[str]:
    """Dotted names of the values in columns that are structs or lists of structs."""
    from pyarrow import types

    names: set[str] = set()

    def walk(kind: Any, name: str, levels: int) -> None:
        while types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
            kind = kind.value_type
        if types.is_struct(kind) and levels:
            for field in kind.fields:
                names.add(f"{name}.{field.name}")
                walk(field.type, f"{name}.{field.name}", levels - 1)

    for field in schema:
        walk(field.type, field.name, MAX_DEPTH)
    return frozenset(names)
