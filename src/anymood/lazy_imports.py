"""Public names of a package that are imported when they are first used (PEP 562)."""

import sys
from importlib import import_module

TYPE_CHECKING = False  # as in typing, whose import takes time
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def lazy_imports(
    package: str, modules: "Mapping[str, str]", *, extra: str | None = None, what: str | None = None
) -> "tuple[Callable[[str], object], Callable[[], list[str]]]":
    """``__getattr__`` and ``__dir__`` of a package, whose ``__all__`` is what ``dir`` shows.

    Type checkers should not see them, because they accept any name of a package that has ``__getattr__``.

    Args:
        package: its ``__name__``.
        modules: the modules that define the names, or are named so themselves.
        extra: the optional dependency that the modules need.
        what: what needs it, for the message; by default the name itself.

    Returns:
        Two functions. The first raises ``AttributeError`` for an unknown name, and ``MissingExtra`` where the optional
        dependency is not installed.
    """

    def get(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if modules[name] == f"{package}.{name}":
            return import_module(modules[name])
        if extra is None:
            return getattr(import_module(modules[name]), name)
        from anymood.errors import optional_dependency

        with optional_dependency(what or f"{package}.{name}", extra):
            return getattr(import_module(modules[name]), name)

    return get, lambda: list(sys.modules[package].__all__)
