"""A tree → declarations, with every fault in it.

Pydantic leaves a mapping's own consistency unchecked while a key of it is faulty. So each faulty key is told and put
aside, and the rest is checked again, until what is left is sound; what cannot do without the key goes with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mtlbench.registry import nearest
from mtlbench.suite.declarations import Declaration
from mtlbench.suite.faults import Faults, KeyPath, Place
from mtlbench.suite.shape import Shape
from mtlbench.suite.tree import Mapping, Tree, find, plain, walk, without
from mtlbench.suite.wording import words

D = TypeVar("D", bound=Declaration)
M = TypeVar("M", bound=Declaration)
Errors: TypeAlias = dict[KeyPath, list[ErrorDetails]]
"""Pydantic's errors by key path, the ways in which a choice failed together."""


@dataclass(frozen=True, slots=True)
class Sound(Generic[D]):
    """What is left of a tree once its faulty parts were put aside, and what that declares.

    `left` is None where what is left declares nothing.
    """

    tree: Tree
    left: D | None

    def members(self, group: str, kind: type[M]) -> dict[str, M]:
        """Those members of `group` that are sound in themselves."""
        members = find(self.tree, (group,))
        sound: dict[str, M] = {}
        for name, entry in members.entries.items() if isinstance(members, Mapping) else ():
            with suppress(ValidationError):
                sound[name] = kind.model_validate(plain(entry.value), strict=True)
        return sound


def validate(tree: Tree, shape: Shape[D], faults: Faults, unusable: Sequence[KeyPath] = ()) -> Sound[D]:
    """The declarations that the tree makes, with every fault in it.

    Values at `unusable` paths are put aside at once: what is wrong with them is told already.
    """
    told, gone = set(unusable), list[KeyPath]()
    for path in reversed(unusable):
        tree = _put_aside(tree, shape, path, "", gone)
    errors = _errors(tree, shape)
    while errors:
        gone += _misspelt(errors, shape)
        for path, group in errors.items():
            if path not in told and not _follows(path, group[0], gone):
                message, hint = words(shape, path, group, _written(tree, path, group[0]))
                faults.add(message, _place(tree, path, group[0]), hint)
            told.add(path)
        left = tree
        for path, group in reversed(errors.items()):
            left = _put_aside(left, shape, path, group[0]["type"], gone)
        if left is tree:
            break
        tree, errors = left, _errors(left, shape)
    return Sound(tree, None if errors else shape.root.model_validate(plain(tree), strict=True))


def place_of(tree: Tree, path: KeyPath, *, key: bool = False) -> Place | None:
    """Where the value at `path` stands, or its key; the nearest parent's key where there is no such path."""
    found = list(walk(tree, path))
    if not found:
        return tree.place if not path else None
    last = found[-1]
    empty = last.value.place.width == 1 and getattr(last.value, "raw", "-") == ""
    return last.key if key or empty or len(found) < len(path) else last.value.place


def _errors(tree: Tree, shape: Shape[Declaration]) -> Errors:
    try:
        shape.root.model_validate(plain(tree), strict=True)
    except ValidationError as error:
        found: Errors = {}
        for detail in error.errors(include_url=False):
            found.setdefault(shape.key_path(detail["loc"]), []).append(detail)
        # Where one way of writing a value fits but for a part of it, the ways that do not fit at all are no news.
        inside = {path[:length] for path in found for length in range(len(path))}
        return {path: group for path, group in found.items() if path not in inside or not _all_types(group)}
    return {}


def _all_types(group: list[ErrorDetails]) -> bool:
    return all(error["type"].endswith("_type") for error in group)


def _place(tree: Tree, path: KeyPath, error: ErrorDetails) -> Place | None:
    kind = error["type"]
    if kind == "missing":
        return place_of(tree, path[:-1], key=True) if path[:-1] else replace(tree.place, line=1, column=1, width=1)
    if kind == "value_error":
        # A message about several keys of a mapping names the one to look at first.
        keys = [name for name in _quoted(error) if find(tree, (*path, name)) is not None]
        return place_of(tree, (*path, *keys[:1]), key=True) or tree.place
    as_key = kind == "extra_forbidden" or error["loc"][-1:] == ("[key]",) or isinstance(find(tree, path), Mapping)
    return place_of(tree, path, key=as_key) or tree.place


def _quoted(error: ErrorDetails) -> list[str]:
    """The keys that a message names as `key:`."""
    return re.findall(r"`([a-z_]+):", error["msg"])


def _misspelt(errors: Errors, shape: Shape[Declaration]) -> list[KeyPath]:
    """The keys that unknown keys were probably meant to be."""
    unknown = [path for path, group in errors.items() if group[0]["type"] == "extra_forbidden"]
    meant = [(path[:-1], nearest(str(path[-1]), shape.keys_at(path[:-1]))) for path in unknown]
    return [(*path, key) for path, key in meant if key is not None]


def _written(tree: Tree, path: KeyPath, error: ErrorDetails) -> Any:
    """The value as it was written, since what a variable holds is not to be told."""
    found = find(tree, path)
    return error["input"] if found is None else plain(found, resolved=False)


def _follows(path: KeyPath, error: ErrorDetails, gone: list[KeyPath]) -> bool:
    """Whether an error may only say that something is missing which was put aside."""
    if error["type"] == "missing":
        return path in gone
    under = [other for other in gone if other[: len(path)] == path and len(other) > len(path)]
    if error["type"] != "value_error":
        return bool(under)
    quoted = _quoted(error)
    return any(not quoted or other[len(path)] in quoted for other in under)


def _put_aside(tree: Tree, shape: Shape[Declaration], path: KeyPath, kind: str, gone: list[KeyPath]) -> Tree:
    """The tree without the faulty part, or without the nearest thing around it that can be missed."""
    while path:
        left = tree if shape.is_required(path) else without(tree, path)
        if left is not tree:
            if kind != "extra_forbidden":
                gone.append(path)
            return left
        path = path[:-1]
    return tree
