"""`extends:` in a suite or recipe: the files it builds on are laid under it, and their relative paths made its own."""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from mtlbench.suite.declarations import HUB_ID, Declaration
from mtlbench.suite.environment import substituted
from mtlbench.suite.faults import Faults, Place
from mtlbench.suite.shape import Shape
from mtlbench.suite.tree import Mapping, Scalar, Sequence, Tree, find, matching, merged, replaced, without
from mtlbench.suite.yaml_source import read_yaml

MAX_CHAIN = 20


def read_extended(path: Path, shape: Shape[Declaration], faults: Faults, *, keep_unset: bool = False) -> Mapping | None:
    """The file's mapping laid over those it extends, `${env:NAME}` put in; None where the file cannot be read."""
    return _Reading(path.parent, shape, faults, keep_unset).read(path, ())


@dataclass(slots=True)
class _Reading:
    """One file with all it extends; each is read once. Paths are made relative to `home`."""

    home: Path
    shape: Shape[Declaration]
    faults: Faults
    keep_unset: bool
    done: dict[str, Mapping | None] = field(default_factory=dict)

    def read(self, path: Path, chain: tuple[Path, ...]) -> Mapping | None:
        own = read_yaml(path, self.faults)
        if own is None:
            return None
        tree: Tree = substituted(own, self.faults, keep_unset=self.keep_unset)
        parents = _parents(tree, self.shape, self.faults)
        tree = rebased(without(tree, ("extends",)), self.shape, path.parent, self.home)
        below: Tree | None = None
        for name, place in parents:
            parent = self.parent(path.parent / name, place, (*chain, path))
            if parent is not None:
                below = parent if below is None else merged(below, parent)
        result = tree if below is None else merged(below, tree)
        assert isinstance(result, Mapping)
        return result

    def parent(self, path: Path, place: Place, chain: tuple[Path, ...]) -> Mapping | None:
        path = Path(os.path.normpath(path))
        if not os.path.isfile(path):  # which, unlike Path's, is false too where a path is none at all
            self.faults.add(f"`extends` names a file that is not there: {path}", place)
            return None
        real = os.path.realpath(path)
        seen = [os.path.realpath(file) for file in chain]
        if real in seen:
            circle = [*chain[seen.index(real) :], path]
            names = " → ".join(file.name for file in circle)
            self.faults.add(f"{self.shape.noun}s that extend each other in a circle: {names}", place)
            return None
        if len(chain) > MAX_CHAIN:
            self.faults.add(f"a chain of more than {MAX_CHAIN} {self.shape.noun}s that extend each other", place)
            return None
        if real not in self.done:
            self.done[real] = self.read(path, chain)
        return self.done[real]


def _parents(tree: Tree, shape: Shape[Declaration], faults: Faults) -> list[tuple[str, Place]]:
    """The files that `extends:` names, the one that counts least first."""
    named = find(tree, ("extends",))
    if named is None:
        return []
    parents: list[tuple[str, Place]] = []
    for item in named.items if isinstance(named, Sequence) else (named,):
        if isinstance(item, Scalar) and isinstance(item.value, str) and item.value:
            parents.append((item.value, item.place))
        else:
            faults.add(f"`extends` must be the path of a {shape.noun} file, or a list of them", item.place)
    return parents


def rebased(tree: Tree, shape: Shape[Declaration], folder: Path, home: Path) -> Tree:
    """The tree with its relative paths, written in a file in `folder`, made relative to `home`."""
    prefix = Path(os.path.relpath(folder, home)).as_posix()
    if prefix == ".":
        return tree
    for pattern, may_be_name in shape.paths.items():
        for path in matching(tree, pattern):
            scalar = find(tree, path)
            if isinstance(scalar, Scalar) and isinstance(scalar.value, str) and scalar.value:
                named = may_be_name and _is_name(scalar.value, folder)
                if not named and not Path(scalar.value).is_absolute():
                    tree = replaced(tree, path, _prefixed(scalar, scalar.value, prefix))
    for path in matching(tree, ("tasks", "*", "metrics")):
        metrics = find(tree, path)
        if isinstance(metrics, Sequence):
            items = tuple(_rebased_metric(item, folder, prefix) for item in metrics.items)
            tree = replaced(tree, path, replace(metrics, items=items))
    return tree


_METRIC = re.compile(r"(?P<form>evaluate:|)(?P<path>.+?)(?P<name>:\w+|)")
"""A metric that may be a file: `FILE.py:CLASS` or `evaluate:PATH`."""


def _rebased_metric(metric: Tree, folder: Path, prefix: str) -> Tree:
    """The metric with the path in its name, if there is one, made relative to where `prefix` leads from."""
    match metric:
        case Scalar(str(name)):
            written = None if metric.unresolved is None else _rebased_name(metric.unresolved, folder, prefix)
            return replace(metric, value=_rebased_name(name, folder, prefix), unresolved=written)
        case Mapping({"name": entry} as entries):
            named = replace(entry, value=_rebased_metric(entry.value, folder, prefix))
            return replace(metric, entries={**entries, "name": named})
        case Mapping(entries) if len(entries) == 1:
            ((name, entry),) = entries.items()
            return replace(metric, entries={_rebased_name(name, folder, prefix): entry})
    return metric


def _rebased_name(metric: str, folder: Path, prefix: str) -> str:
    parts = _METRIC.fullmatch(metric)
    if parts is None or Path(parts["path"]).is_absolute():
        return metric
    adapted = parts["form"] and (parts["path"].startswith(".") or os.path.exists(folder / parts["path"]))
    if not adapted and not parts["path"].endswith(".py"):
        return metric
    return parts["form"] + posixpath.normpath(f"{prefix}/{parts['path']}") + parts["name"]


def _is_name(written: str, folder: Path) -> bool:
    return bool(HUB_ID.fullmatch(written)) and not os.path.exists(folder / written)


def _prefixed(scalar: Scalar, value: str, prefix: str) -> Scalar:
    if scalar.unresolved is None:
        return replace(scalar, value=posixpath.normpath(f"{prefix}/{value}"))
    # The variable's own text may hold “..”, so nothing is tidied here.
    return replace(scalar, value=f"{prefix}/{value}", unresolved=f"{prefix}/{scalar.unresolved}")
