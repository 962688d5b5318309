"""Types and bounds of the fields of dataclasses, for their validation and the help of options."""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from anymood.errors import SettingError
from anymood.registry import Registry

TYPES = {bool: "true or false", int: "an integer", float: "a number", str: "a string"}


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a number, as metadata of a field: ``epochs: Annotated[int, Range(ge=1)]``.

    Attributes:
        ge: greater than or equal.
        gt: greater than.
        le: less than or equal.
        lt: less than.
    """

    ge: float = -math.inf
    gt: float = -math.inf
    le: float = math.inf
    lt: float = math.inf

    def __contains__(self, value: float) -> bool:
        return self.ge <= value <= self.le and self.gt < value < self.lt

    def __str__(self) -> str:
        low, high = max(self.ge, self.gt), min(self.le, self.lt)
        if high == math.inf:
            return f"{'at least' if self.ge == low else 'more than'} {low:,}"
        if (self.ge == low) == (self.le == high):
            return f"between {low:,} and {high:,}" + ("" if self.ge == low else ", exclusive")
        ends = ("at least", "less than") if self.ge == low else ("more than", "at most")
        return f"{ends[0]} {low:,} and {ends[1]} {high:,}"


class FieldRule(NamedTuple):
    """The type and the bounds of a field.

    Attributes:
        kind: the type, without metadata.
        bounds: of a number; None without bounds.
        choices: the allowed values; empty if any is allowed.
    """

    kind: Any
    bounds: Range | None
    choices: tuple[str, ...]


def field_rules(config: type) -> Iterator[tuple[str, FieldRule]]:
    """The fields of a dataclass and their allowed values: type, ``Range``, names of a registry or literals."""
    plain, annotated = get_type_hints(config), get_type_hints(config, include_extras=True)
    for field in fields(config):
        kind = plain[field.name]
        metadata = getattr(annotated[field.name], "__metadata__", ())
        bounds = next((each for each in metadata if isinstance(each, Range)), None)
        registry = next((each for each in metadata if isinstance(each, Registry)), None)
        choices = get_args(kind) if get_origin(kind) is Literal else registry.names() if registry else ()
        yield field.name, FieldRule(kind, bounds, choices)


def check_fields(config: Any) -> None:
    """Check the types and bounds of all fields of a dataclass.

    Raises:
        SettingError: a value is not allowed; the message says what is.
    """
    for name, rule in field_rules(type(config)):
        value, kinds = getattr(config, name), get_args(rule.kind) or (rule.kind,)
        if value is None and type(None) in kinds:
            continue
        _check_type(name, value, next((kind for kind in kinds if kind in TYPES), None))
        if isinstance(value, int | float) and not is_finite(value):
            raise SettingError(f"{name} is {value!s:.80}; it must be a finite number.")
        if rule.bounds is not None and value not in rule.bounds:
            verb = "lie" if str(rule.bounds).startswith("between") else "be"
            raise SettingError(f"{name} is {value}; it must {verb} {rule.bounds}.")
        if rule.choices and value not in rule.choices:
            raise SettingError(f"{name} is {value!r}; it must be one of {', '.join(rule.choices)}.")


def is_finite(value: float) -> bool:
    """Whether a number is finite as a float; ``math.isfinite`` raises for integers beyond the range of floats."""
    return abs(value) <= sys.float_info.max


def _check_type(name: str, value: object, kind: type | None) -> None:
    """Check the type of a value."""
    if kind is None:  # any type
        return
    fits = isinstance(value, (int, float) if kind is float else kind)
    if not fits or (isinstance(value, bool) and kind is not bool):
        raise SettingError(f"{name} is {value!r}; it must be {TYPES[kind]}.")
