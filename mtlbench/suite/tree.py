"""A YAML file as a tree of plain values, each of which knows where it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from mtlbench.suite.faults import KeyPath, Place

Plain: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value. `raw` is its text in the file, quotes and all; `unresolved` its value with `${env:NAME}` as written."""

    value: Plain
    place: Place
    raw: str = ""
    unresolved: str | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Tree, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys to entries, in the order written."""

    entries: dict[str, Entry]
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """A mapping's value, and the place of its key."""

    key: Place
    value: Tree


Tree: TypeAlias = Scalar | Sequence | Mapping


def plain(tree: Tree, *, resolved: bool = True) -> Any:
    """The tree as Python values; with `resolved=False`, `${env:NAME}` stays as written."""
    match tree:
        case Mapping(entries):
            return {key: plain(entry.value, resolved=resolved) for key, entry in entries.items()}
        case Sequence(items):
            return [plain(item, resolved=resolved) for item in items]
        case Scalar():
            return tree.value if resolved or tree.unresolved is None else tree.unresolved


def merged(below: Tree, above: Tree) -> Tree:
    """`above` laid over `below`: mappings are merged key by key, anything else is replaced."""
    if not (isinstance(below, Mapping) and isinstance(above, Mapping)):
        return above
    entries = dict(below.entries)
    for key, entry in above.entries.items():
        under = entries.get(key)
        entries[key] = entry if under is None else Entry(entry.key, merged(under.value, entry.value))
    return Mapping(entries, above.place)


def without(tree: Tree, path: KeyPath) -> Tree:
    """The tree less the key or item at `path`; the same tree where there is none."""
    match tree, path:
        case Mapping(entries), (str(key), *rest) if key in entries:
            if not rest:
                return replace(tree, entries={name: entry for name, entry in entries.items() if name != key})
            left = without(entries[key].value, tuple(rest))
            if left is not entries[key].value:
                return replace(tree, entries={**entries, key: replace(entries[key], value=left)})
        case Sequence(items), (int(index), *rest) if 0 <= index < len(items):
            new = (without(items[index], tuple(rest)),) if rest else ()
            if not new or new[0] is not items[index]:
                return replace(tree, items=items[:index] + new + items[index + 1 :])
    return tree


def replaced(tree: Tree, path: KeyPath, value: Tree) -> Tree:
    """The tree with `value` at `path`; the same tree where no keys lead there."""
    match tree, path:
        case _, ():
            return value
        case Mapping(entries), (str(key), *rest) if key in entries:
            entry = entries[key]
            new = replace(entry, value=replaced(entry.value, tuple(rest), value))
            return replace(tree, entries={**entries, key: new})
    return tree


def step(tree: Tree, part: str | int) -> Entry | None:
    """The child called `part`, with its key's place.

    The short forms count as what they stand for: a list of names as a mapping of them, `{bleu: {…}}` as a name and
    options.
    """
    match tree, part:
        case Mapping(entries), str() if part in entries:
            return entries[part]
        case Mapping(entries), "name" | "options" if len(entries) == 1:
            ((name, only),) = entries.items()
            return Entry(only.key, Scalar(name, only.key)) if part == "name" else only
        case Sequence(items), int() if 0 <= part < len(items):
            return Entry(items[part].place, items[part])
        case Sequence(items), str():
            same = (item for item in items if isinstance(item, Scalar) and str(item.value) == part)
            return next((Entry(item.place, item) for item in same), None)
    return None


def walk(tree: Tree, path: KeyPath) -> Iterator[Entry]:
    """The entries along `path`, as far as there are any."""
    for part in path:
        entry = step(tree, part)
        if entry is None:
            return
        yield entry
        tree = entry.value


def find(tree: Tree, path: KeyPath) -> Tree | None:
    """What stands at `path`, if anything."""
    found = [entry.value for entry in walk(tree, path)]
    return (found[-1] if found else tree) if len(found) == len(path) else None


def matching(tree: Tree, pattern: KeyPath) -> Iterator[KeyPath]:
    """The paths of mappings' keys in the tree that a pattern is of, in which `*` is any key."""
    first, *rest = pattern
    for key, entry in tree.entries.items() if isinstance(tree, Mapping) else ():
        if first in ("*", key):
            yield from ((key, *path) for path in matching(entry.value, tuple(rest))) if rest else [(key,)]


def spot(scalar: Scalar, snippet: str, nth: int = 0) -> Place:
    """Where inside a scalar its `nth` `snippet` stands; the whole scalar where it is written otherwise."""
    offset = -1
    for _ in range(nth + 1):
        offset = scalar.raw.find(snippet, offset + 1)
        if offset < 0:
            return scalar.place
    before = scalar.raw[:offset]
    line, column = scalar.place.line, scalar.place.column
    if line is None or column is None:
        return scalar.place
    last = before.rfind("\n")
    column = column + offset if last < 0 else offset - last
    width = max(1, len(snippet.split("\n")[0]))
    return replace(scalar.place, line=line + before.count("\n"), column=column, width=width)
