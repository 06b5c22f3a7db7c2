"""A suite or recipe as read: its declarations where they are sound, its faults, and where each key was written."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.representer import SafeRepresenter

from mtlbench.suite.declarations import Model, Sequence, Suite, Task
from mtlbench.suite.environment import unfilled
from mtlbench.suite.extending import read_extended
from mtlbench.suite.faults import Fault, Faults, Place
from mtlbench.suite.presetting import with_presets
from mtlbench.suite.recipe import Recipe
from mtlbench.suite.shape import RECIPE, SUITE, Shape
from mtlbench.suite.tree import Mapping, Scalar, Tree, find, plain, spot
from mtlbench.suite.validation import place_of, validate


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file as read: where its keys were written, and what is wrong with it."""

    path: Path = field(kw_only=False)
    faults: list[Fault] = field(default_factory=list)
    written: Tree | None = None
    sound: Tree | None = None
    """What is left once its faulty parts were put aside."""

    @property
    def folder(self) -> Path:
        """What the file's relative paths are relative to."""
        return self.path.parent

    def names(self, group: str) -> list[str]:
        """The names written under `models:`, `tasks:` …, the faulty ones too."""
        members = None if self.written is None else find(self.written, (group,))
        return list(members.entries) if isinstance(members, Mapping) else []

    def is_written(self, *path: str | int) -> bool:
        """Whether there is anything at a key path, sound or not."""
        return self.written is not None and find(self.written, path) is not None

    def place(self, *path: str | int, key: bool = False) -> Place:
        """Where the value at a key path stands, or its key; the nearest parent's key where there is none.

        `("tasks", "t", "metrics", 1)` counts the sound items; short forms count as what they stand for.
        """
        for tree in (self.sound, self.written):
            if tree is not None and (find(tree, path) is not None or tree is self.written):
                return place_of(tree, path, key=key) or Place(self.path)
        return Place(self.path)

    def place_in(self, snippet: str, *path: str | int, nth: int = 0) -> Place:
        """Where the `nth` `snippet` stands in the text at a key path; the text's place where it is written otherwise."""
        found = None if self.sound is None else find(self.sound, path)
        return spot(found, snippet, nth) if isinstance(found, Scalar) else self.place(*path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(Written):
    """What a suite file gave. `models`, `tasks` and `sequences` are the sound ones, faulty optional keys put aside.

    `suite` is None where anything at all is faulty.
    """

    suite: Suite | None = None
    models: dict[str, Model] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    sequences: dict[str, Sequence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeDraft(Written):
    """What a recipe file gave: what is left of it with faulty optional keys put aside; None where that is no recipe."""

    recipe: Recipe | None = None


def read_suite(path: Path, *, keep_unset: bool = False, shape: Shape[Suite] = SUITE) -> Draft:
    """Read a suite file with all it extends and the presets it names; nothing is raised, every fault of form and type is
    in `faults`.

    With `keep_unset`, as for the copy kept with a run, an environment variable that is not set is no fault.
    """
    faults = Faults()
    written = read_extended(path, shape, faults, keep_unset=keep_unset)
    if written is None:
        return Draft(path, faults=faults.found)
    written, unusable = with_presets(written, faults)
    unusable += [] if keep_unset else unfilled(written)
    sound = validate(written, shape, faults, unusable)
    found = list(dict.fromkeys(faults.found))
    return Draft(
        path,
        faults=found,
        written=written,
        sound=sound.tree,
        suite=None if found else sound.left,
        models=sound.members("models", Model),
        tasks=sound.members("tasks", Task),
        sequences=sound.members("sequences", Sequence),
    )


def read_recipe(path: Path) -> RecipeDraft:
    """Read a recipe with all it extends; nothing is raised, every fault of form and type is in `faults`."""
    faults = Faults()
    written = read_extended(path, RECIPE, faults)
    if written is None:
        return RecipeDraft(path, faults=faults.found)
    sound = validate(written, RECIPE, faults, list(unfilled(written)))
    return RecipeDraft(
        path, faults=list(dict.fromkeys(faults.found)), written=written, sound=sound.tree, recipe=sound.left
    )


class _Representer(SafeRepresenter):  # type: ignore[misc]
    """Escapes what is not printable: left to itself, ruamel.yaml writes some line breaks of Unicode as they are."""

    def represent_str(self, data: str) -> Any:
        style = None if data.isprintable() else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Representer.add_representer(str, _Representer.represent_str)


def dump_suite(draft: Draft) -> str:
    """The merged suite as YAML, `${env:NAME}` as written: no variable's value is in it."""
    return dump({} if draft.written is None else plain(draft.written, resolved=False))


def dump(values: dict[str, Any] | list[Any]) -> str:
    """A file of these values as YAML."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = _Representer
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 100_000
    yaml.sort_base_mapping_type_on_output = False
    out = io.StringIO()
    yaml.dump(values, out)
    return out.getvalue()
