"""The declared type at any place of a suite, so that messages can tell what could stand there."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from mtlbench.suite.declarations import Suite
from mtlbench.suite.faults import KeyPath

Location = tuple[str | int, ...]
"""A Pydantic error's `loc`: key paths with the members of unions, and `[key]`, among them."""


def key_path(location: Location) -> KeyPath:
    """The keys and indices of a location, without what Pydantic adds to them."""
    path: list[str | int] = []
    kind: Any = Suite
    for part in location:
        members = _members(kind)
        if len(members) > 1:
            kind = next((member for member in members if part in (str(member), getattr(member, "__name__", ""))), Any)
        elif part != "[key]":
            path.append(part)
            kind = _child(members[0], part)
    return tuple(path)


def declared(path: KeyPath) -> Any:
    """The type declared at a key path: a Declaration class, `dict[…]`, `list[…]`, `str` …; Any where none is."""
    kind: Any = Suite
    for part in path:
        kind = _child(next(iter(_members(kind))), part)
    return next(iter(_members(kind)))


def keys_at(path: KeyPath) -> list[str]:
    """The keys known in the mapping at `path`; empty where the user chooses them."""
    kind = declared(path)
    return list(kind.model_fields) if _is_declaration(kind) else []


def is_free(path: KeyPath) -> bool:
    """Whether the user chooses the keys of the mapping at `path`."""
    return get_origin(declared(path)) is dict


def is_required(path: KeyPath) -> bool:
    """Whether the mapping that holds this key cannot do without it."""
    kind = declared(path[:-1])
    return _is_declaration(kind) and path[-1] in kind.model_fields and kind.model_fields[path[-1]].is_required()


def homes(key: str) -> list[str]:
    """Names of the mappings that know `key`, for hints such as “`split` belongs under `data:`”."""
    found = {"": Suite, **{name: declared(path) for name, path in _HOMES.items()}}
    return [name for name, kind in found.items() if name and key in kind.model_fields]


_HOMES: dict[str, KeyPath] = {
    "overall": ("overall",),
    "significance": ("significance",),
    "generation": ("generation",),
    "data": ("tasks", "", "data"),
    "a task": ("tasks", ""),
    "a model": ("models", ""),
}


def _is_declaration(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _members(kind: Any) -> list[Any]:
    """What a type allows besides null: one type, or the members of a union."""
    if get_origin(kind) is Annotated:
        return _members(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return [member for member in get_args(kind) if member is not NoneType]
    return [kind]


def _child(kind: Any, part: str | int) -> Any:
    if _is_declaration(kind):
        field = kind.model_fields.get(part)
        return Any if field is None else field.annotation
    if get_origin(kind) in (dict, list):
        return get_args(kind)[-1]
    return Any
