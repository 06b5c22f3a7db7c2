"""`${env:NAME}` in a suite's values: the only substitution there is. The written text is kept beside the value."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace

from mtlbench.suite.faults import Faults, KeyPath
from mtlbench.suite.tree import Mapping, Scalar, Sequence, Tree, spot

_REFERENCE = re.compile(r"\$\{env:([^}]*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def substituted(tree: Tree, faults: Faults, *, keep_unset: bool = False) -> Tree:
    """The tree with every `${env:NAME}` of its text values put in.

    A variable that is not set is a fault, unless `keep_unset` leaves it as written.
    """
    match tree:
        case Mapping(entries):
            filled = {
                key: replace(entry, value=substituted(entry.value, faults, keep_unset=keep_unset))
                for key, entry in entries.items()
            }
            return replace(tree, entries=filled)
        case Sequence(items):
            return replace(tree, items=tuple(substituted(item, faults, keep_unset=keep_unset) for item in items))
        case Scalar(str(text)) if "${env:" in text:
            return _filled(tree, text, faults, keep_unset)
    return tree


def unfilled(tree: Tree, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Where a `${env:NAME}` could not be put in."""
    match tree:
        case Mapping(entries):
            for key, entry in entries.items():
                yield from unfilled(entry.value, (*path, key))
        case Sequence(items):
            for number, item in enumerate(items):
                yield from unfilled(item, (*path, number))
        case Scalar(str(text)) if tree.unresolved is not None and _REFERENCE.search(text):
            yield path


def _filled(scalar: Scalar, text: str, faults: Faults, keep_unset: bool) -> Scalar:
    seen: list[str] = []

    def value(match: re.Match[str]) -> str:
        reference, name = match[0], match[1]
        place = spot(scalar, reference, seen.count(reference))
        seen.append(reference)
        if not (_NAME.fullmatch(name) and reference.endswith("}")):
            faults.add(f"“{reference}” names no environment variable", place, "write ${env:NAME}")
        elif name in os.environ:
            return os.environ[name]
        elif not keep_unset:
            faults.add(f"the environment variable {name} is not set", place, f"run with {name}=…")
        return reference

    return replace(scalar, value=_REFERENCE.sub(value, text), unresolved=text)
