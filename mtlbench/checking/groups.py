"""The columns that a task's rows are grouped by, and the controls: that they are there, and make groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mtlbench.checking.columns import check_column
from mtlbench.data import Dataset
from mtlbench.suite.declarations import Binned, Part, Task
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults, KeyPath, Place
from mtlbench.suite.groups import TIMES, groupings

MOST_NUMBERS = 20
"""A column of numbers with more values than this makes groups by bins alone."""


def check_groups(draft: Draft, name: str, task: Task, dataset: Dataset, faults: Faults) -> None:
    """Note columns that the data lacks, numbers without bins and bins of what is no number, and groups that stand twice."""
    for key in ("groups", "controls"):
        for number, group in enumerate(getattr(task, key)):
            for part, path in _parts(group, ("tasks", name, key, number)):
                _check_part(draft, part, path, dataset, faults)
    names = [grouping.name for grouping in groupings(task)]
    for number, grouping in enumerate(names):
        if grouping in names[:number]:
            place = draft.place("tasks", name, "groups", number)
            faults.add(f"the groups by “{grouping}” stand twice", place, "leave one of them out")


def _parts(group: Part | list[Part], path: KeyPath) -> Iterator[tuple[Part, KeyPath]]:
    if isinstance(group, list):
        for number, part in enumerate(group):
            yield from _parts(part, (*path, number))
    else:
        yield group, path


def _check_part(draft: Draft, part: Part, path: KeyPath, dataset: Dataset, faults: Faults) -> None:
    if isinstance(part, Binned):
        place = draft.place(*path, "column")
        if check_column(part.column, place, dataset, faults) and _numbers(dataset, part.column) is None:
            message = f"`bins` go with numbers, and the column “{part.column}” of {dataset.source} holds other values"
            faults.add(message, place, f"write `{part.column}` alone: each value is then a group")
        return
    for column in map(str.strip, part.split(TIMES)):
        place = draft.place_in(column, *path)
        if check_column(column, place, dataset, faults):
            _check_values(column, place, dataset, faults)


def _check_values(column: str, place: Place, dataset: Dataset, faults: Faults) -> None:
    numbers = _numbers(dataset, column)
    if numbers is not None and len(numbers) > MOST_NUMBERS:
        message = f"the column “{column}” holds {len(numbers)} different numbers, too many to be groups"
        hint = f"say where to cut, as in `{{column: {column}, bins: [{numbers[len(numbers) // 2]:g}]}}`"
        faults.add(message, place, hint)


def _numbers(dataset: Dataset, column: str) -> list[float] | None:
    """The different numbers of a column, rising, those that CSV writes as text among them; None where others are there."""
    values = {value for value in map(_hashable, dataset.values(column)) if value is not None and value != ""}
    try:
        return None if {bool} & set(map(type, values)) else sorted({float(value) for value in values})
    except (TypeError, ValueError):
        return None


def _hashable(value: Any) -> Any:
    return str(value) if isinstance(value, (list, dict)) else value
