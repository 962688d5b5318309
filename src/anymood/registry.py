"""Extensions by name: those of a package, those of installed packages, and those that a program registers."""

import pkgutil
from collections.abc import Callable, Collection
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from anymood.errors import SettingError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")
E = TypeVar("E")
K = TypeVar("K", bound=type[Any])


class Registry(Generic[T]):
    """Extensions of one kind by name. Each is imported when it is first used.

    An extension is found in one of three places:

    - in a module of ``package``, which registers it: one module per extension, with the extension's name and ``_`` for
      ``-``; modules whose name begins with ``_`` are ignored;
    - in an installed package, by an entry point in ``group``: its name is that of the extension, its value the
      extension or a module that registers it;
    - in a program that calls ``register``.

    Args:
        kind: what an extension is, for messages, such as ``"fusion"``.
        group: of entry points, such as ``"anymood.fusions"``.
        package: dotted name of the package of extensions, if there is one.
        without: modules of the package that are not extensions.
    """

    def __init__(self, kind: str, group: str, package: str | None = None, without: Collection[str] = ()) -> None:
        self.kind, self.group, self.package, self.without = kind, group, package, without
        self._found: dict[str, T] = {}

    def register(self, name: str) -> Callable[[E], E]:
        """A decorator that registers its class or function under a name.

        Raises:
            SettingError: another extension has that name.
        """

        def decorate(extension: E) -> E:  # not T, so that type checkers keep the methods of a class
            registered = cast("T", extension)
            known = self._found.setdefault(name, registered)
            if _described(known) != _described(extension):
                raise SettingError(
                    f"There is a {self.kind} {name!r} already: {_described(known)}. Choose another name."
                )
            self._found[name] = registered  # a redefinition replaces it, as in a notebook
            return extension

        return decorate

    def register_instance(self, kind: K) -> K:
        """A decorator that registers an instance of its class under the class's attribute ``name``.

        Raises:
            SettingError: another extension has that name.
        """
        self.register(kind.name)(kind())
        return kind

    def names(self) -> tuple[str, ...]:
        """Names of all extensions, without importing them."""
        return tuple(dict.fromkeys((*self._modules, *self._entry_points, *self._found)))

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def get(self, name: str) -> T:
        """The extension of a name.

        Raises:
            SettingError: there is none; the message lists all names.
        """
        if name not in self._found:
            self._load(name)
        if name not in self._found:
            raise SettingError(f"There is no {self.kind} {name!r:.80}. Available: {', '.join(self.names())}.")
        return self._found[name]

    def all(self) -> dict[str, T]:
        """All extensions by name."""
        for name in (*self._modules, *self._entry_points):
            self._load(name)
        return dict(self._found)

    def _load(self, name: str) -> None:
        """Import the extension of a name."""
        if name in self._modules:
            import_module(f"{self.package}.{self._modules[name]}")
        elif name in self._entry_points:
            extension = self._entry_points[name].load()
            if not isinstance(extension, ModuleType) and name not in self._found:
                self.register(name)(extension)

    @cached_property
    def _modules(self) -> dict[str, str]:
        if self.package is None:
            return {}
        modules = (module.name for module in pkgutil.iter_modules(import_module(self.package).__path__))
        return {name.replace("_", "-"): name for name in modules if name[0] != "_" and name not in self.without}

    @cached_property
    def _entry_points(self) -> "dict[str, EntryPoint]":
        from importlib.metadata import entry_points  # which imports the parser of emails

        return {point.name: point for point in entry_points(group=self.group)}


def _described(extension: object) -> str:
    return getattr(extension, "__qualname__", type(extension).__qualname__)
