"""The declared type at any place of a file, so that messages can tell what could stand there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import NoneType, UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

from mtlbench.suite.declarations import Declaration, Suite, Tasks
from mtlbench.suite.faults import KeyPath
from mtlbench.suite.recipe import Recipe

Location = tuple[str | int, ...]
"""A Pydantic error's `loc`: key paths with the members of unions, and `[key]`, among them."""
D_co = TypeVar("D_co", bound=Declaration, covariant=True)


@dataclass(frozen=True, slots=True)
class Shape(Generic[D_co]):
    """What files of one kind may hold: `root` declares it, and `noun` is what messages call such a file.

    `homes` are the mappings that hints such as “`split` belongs under `data:`” may name. `paths` are where paths stand that
    are relative to the file, `*` for any key, and whether a name is meant (of the Hub, of a model) where no such file is.
    """

    root: type[D_co]
    noun: str
    homes: Mapping[str, KeyPath]
    paths: Mapping[KeyPath, bool]

    def key_path(self, location: Location) -> KeyPath:
        """The keys and indices of a location, without what Pydantic adds to them."""
        path: list[str | int] = []
        kind: Any = self.root
        for part in location:
            members = _members(kind)
            if len(members) > 1:
                kind = next((each for each in members if part in (str(each), getattr(each, "__name__", ""))), Any)
            elif part != "[key]":
                path.append(part)
                kind = _child(members[0], part)
        return tuple(path)

    def declared(self, path: KeyPath) -> Any:
        """The type declared at a key path: a Declaration class, `dict[…]`, `list[…]`, `str` …; Any where none is."""
        kind: Any = self.root
        for part in path:
            kind = _child(next(iter(_members(kind))), part)
        return next(iter(_members(kind)))

    def keys_at(self, path: KeyPath) -> list[str]:
        """The keys known in the mapping at `path`; empty where the user chooses them."""
        kind = self.declared(path)
        return list(kind.model_fields) if _is_declaration(kind) else []

    def is_free(self, path: KeyPath) -> bool:
        """Whether the user chooses the keys of the mapping at `path`."""
        return get_origin(self.declared(path)) is dict

    def is_required(self, path: KeyPath) -> bool:
        """Whether the mapping that holds this key cannot do without it."""
        kind = self.declared(path[:-1])
        return _is_declaration(kind) and path[-1] in kind.model_fields and kind.model_fields[path[-1]].is_required()

    def homes_of(self, key: str) -> list[str]:
        """Names of the mappings that know `key`."""
        return [name for name, path in self.homes.items() if key in self.keys_at(path)]


SUITE: Shape[Suite] = Shape(
    Suite,
    "suite",
    {
        "overall": ("overall",),
        "significance": ("significance",),
        "gate": ("gate",),
        "generation": ("generation",),
        "data": ("tasks", "", "data"),
        "a task": ("tasks", ""),
        "a model": ("models", ""),
    },
    {
        ("models", "*", "checkpoint"): True,
        ("models", "*", "checkpoints", "*"): True,
        ("models", "*", "adapter"): True,
        ("models", "*", "predictions"): False,
        ("tasks", "*", "data", "path"): False,
        ("tasks", "*", "examples", "path"): False,
        ("tasks", "*", "counterfactual", "*", "words"): False,
    },
)
TASKS: Shape[Suite] = replace(SUITE, root=Tasks)
RECIPE = Shape(
    Recipe,
    "recipe",
    {
        "backbone": ("backbone",),
        "sampling": ("training", "sampling"),
        "balancing": ("training", "balancing"),
        "early_stopping": ("training", "early_stopping"),
        "training": ("training",),
        "adapter": ("models", "", "adapter"),
        "distil": ("models", "", "distil"),
        "ewc": ("models", "", "ewc"),
        "a model": ("models", ""),
    },
    {
        ("suite",): False,
        ("output",): False,
        ("evaluation",): False,
        ("backbone", "checkpoint"): True,
        ("backbone", "tokenizer"): True,
        ("models", "*", "backbone", "checkpoint"): True,
        ("models", "*", "backbone", "tokenizer"): True,
        ("models", "*", "distil", "teacher"): True,
        ("models", "*", "rows", "*", "path"): False,
    },
)


def _is_declaration(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Declaration)


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
