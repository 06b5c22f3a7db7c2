"""Which lines of a column hold values of different kinds: the exact, slow pass behind the messages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from mtlbench.data.arrays import DEEPEST, EXACT
from mtlbench.data.dataset import Row
from mtlbench.data.findings import Findings

_KINDS = {str: "text", int: "a number", float: "a number", bool: "true or false", list: "a list", dict: "an object"}
_HALF = "half a character (a lone surrogate)"


def explain(rows: Iterable[tuple[int, Row]], bad: Mapping[str, str], findings: Findings) -> None:
    """Notes, for each of the columns `bad`, the lines that do not fit; `bad` gives a reason as a last resort."""
    seen = {name: _Column(name) for name in bad}
    for line, row in rows:
        for name, column in seen.items():
            column.see(row.get(name), line)
    for name, reason in bad.items():
        faults = seen[name].faults()
        for where, message in faults:
            findings.add(message, where, hint="give a column values of one kind, or null")
        if not faults:
            findings.add(f"the column {_shown(name)} does not fit together: {reason}")


class _Column:
    """The kinds seen at each path within a column, with the line of the first of each."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kinds: dict[str, dict[str, int]] = {}
        self.fractions: dict[str, int] = {}
        self.giants: dict[str, int] = {}
        self.wrong: dict[tuple[str, int], None] = {}
        if not _encodable(name):
            self._fault(f"the name of the column {_shown(name)} holds {_HALF}", 0)

    def see(self, value: Any, line: int, path: str | None = None, depth: int = 0) -> None:
        """Takes one value, and all values within it."""
        if value is None:
            return
        path = self.name if path is None else path
        self.kinds.setdefault(path, {}).setdefault(_KINDS[type(value)], line)
        if isinstance(value, str):
            if not _encodable(value):
                self._fault(f"{_shown(path)} holds {_HALF}", line)
        elif isinstance(value, list | dict):
            self._see_within(value, line, path, depth + 1)
        elif not isinstance(value, bool):
            self._see_number(value, line, path)

    def _see_within(self, value: list[Any] | dict[str, Any], line: int, path: str, depth: int) -> None:
        if depth > DEEPEST:
            self._fault(f"{_shown(self.name)} is nested more than {DEEPEST} deep", line)
        elif isinstance(value, list):
            for item in value:
                self.see(item, line, f"{path}[]", depth)
        else:
            for key, item in value.items():
                if not _encodable(key):
                    self._fault(f"a key in {_shown(path)} holds {_HALF}", line)
                self.see(item, line, f"{path}.{key}", depth)

    def _see_number(self, value: float, line: int, path: str) -> None:
        if isinstance(value, float):
            self.fractions.setdefault(path, line)
            if not math.isfinite(value):
                self._fault(f"{_shown(path)} is too large for a number", line)
        elif not -(2**63) <= value < 2**63:
            self._fault(f"{_shown(path)} is a whole number that does not fit 64 bits", line)
        elif abs(value) > EXACT:
            self.giants.setdefault(path, line)

    def _fault(self, message: str, line: int) -> None:
        self.wrong[message, line] = None

    def faults(self) -> list[tuple[int | None, str]]:
        """What is wrong, with the line (None where the fault is the column's own)."""
        found: list[tuple[int | None, str]] = [(line or None, message) for message, line in self.wrong]
        for path, kinds in self.kinds.items():
            (kind, first), *others = sorted(kinds.items(), key=lambda item: item[1])
            for other, line in others:
                found.append((line, f"{_shown(path)} is {other} here and {kind} in line {first}"))
        for path, line in self.giants.items():
            if path in self.fractions:
                fraction = self.fractions[path]
                found.append(
                    (line, f"{_shown(path)} is too large here to stand beside the fraction in line {fraction}")
                )
        return found


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(path: str) -> str:
    return f"“{path}”"
