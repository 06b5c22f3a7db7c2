"""Plug-ins by name: the classes in a room's files, and those that installed packages add through entry points."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib.metadata import entry_points
from typing import Generic, TypeVar, cast

T = TypeVar("T")


class UnknownName(LookupError):
    """No plug-in has this name; `suggestion` is the nearest name there is, or None."""

    def __init__(self, noun: str, name: str, known: Iterable[str]) -> None:
        self.name, self.known = name, sorted(known)
        self.suggestion = nearest(name, self.known)
        super().__init__(f"there is no {noun} “{name}”")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None where none is near."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


class Registry(Generic[T]):
    """Classes found by name.

    A plug-in is a class with a class attribute `names` (a tuple of str), defined in a module of `package`, or one that
    an entry point of `group` names. A new file is all a new plug-in takes.
    """

    def __init__(self, noun: str, package: str, group: str) -> None:
        self.noun, self.package, self.group = noun, package, group

    @cached_property
    def _classes(self) -> dict[str, type[T]]:
        found: dict[str, type[T]] = {}
        for cls in (*self._own(), *self._added()):
            for name in cls.names:  # type: ignore[attr-defined]
                if name in found:
                    raise ValueError(f"two classes give the {self.noun} “{name}”: {found[name]} and {cls}")
                found[name] = cls
        return found

    def _own(self) -> Iterator[type[T]]:
        room = importlib.import_module(self.package)
        for info in pkgutil.iter_modules(room.__path__):
            module = importlib.import_module(f"{self.package}.{info.name}")
            for value in vars(module).values():
                if isinstance(value, type) and value.__module__ == module.__name__ and "names" in vars(value):
                    yield cast("type[T]", value)

    def _added(self) -> Iterator[type[T]]:
        for entry in entry_points(group=self.group):
            yield cast("type[T]", entry.load())

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._classes)

    def get(self, name: str) -> type[T]:
        """The class called `name`; raises UnknownName."""
        try:
            return self._classes[name]
        except KeyError:
            raise UnknownName(self.noun, name, self._classes) from None
