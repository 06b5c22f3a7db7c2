"""What a task's rows are grouped by: its `groups` and `controls` in one form, and the group that a row belongs to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mtlbench.suite.declarations import Binned, Part, Task

TIMES = " × "
"""Between the columns of an intersection, and between its groups' names."""

MISSING = "missing"
"""The group of the rows that have no value."""

NO_NUMBER = "not a number"
"""The group of the rows whose value fits no bin."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that rows are grouped by; `edges` are those of its bins, none where each value is a group."""

    name: str
    edges: tuple[float, ...] = ()

    def group(self, value: str | None) -> str:
        """The group of a row with this value, as text."""
        if value is None or value == "":
            return MISSING
        return self._bin(value) if self.edges else value

    def _bin(self, value: str) -> str:
        try:
            place = bisect_right(self.edges, float(value))
        except ValueError:
            return NO_NUMBER
        if place == 0:
            return f"<{self.edges[0]:g}"
        if place == len(self.edges):
            return f"≥{self.edges[-1]:g}"
        return f"{self.edges[place - 1]:g}–<{self.edges[place]:g}"


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to group rows: by a column, or by several at once."""

    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        return TIMES.join(column.name for column in self.columns)

    def groups(self, values: Mapping[str, Sequence[str | None]]) -> list[str]:
        """Column → values of its rows, as text → each row's group."""
        named = [[column.group(value) for value in values[column.name]] for column in self.columns]
        return [TIMES.join(row) for row in zip(*named, strict=True)]


def groupings(task: Task) -> list[Grouping]:
    """What the task's groups are, in the suite's order."""
    return [Grouping(tuple(_columns(group))) for group in task.groups]


def strata(task: Task) -> Grouping | None:
    """What rows are held equal in when groups are compared."""
    return Grouping(tuple(column for part in task.controls for column in _columns(part))) if task.controls else None


def group_columns(task: Task) -> list[str]:
    """The columns that groups and controls are made of, each once."""
    within = strata(task)
    every = [*groupings(task), *([within] if within else [])]
    return list(dict.fromkeys(column.name for each in every for column in each.columns))


def _columns(group: Part | list[Part]) -> Iterator[Column]:
    match group:
        case Binned():
            yield Column(group.column, tuple(group.bins))
        case str():
            yield from (Column(name.strip()) for name in group.split(TIMES))
        case _:
            for part in group:
                yield from _columns(part)
