"""A task's rows, or why there are none. Local files are read whole; what only the Hub knows is left to the plan."""

from __future__ import annotations

import re

from mtlbench.data import Dataset, load_data
from mtlbench.suite.declarations import Task
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Fault, Faults, InputError, Place

_KEY = re.compile(r"`(columns|quoting|split):")


def read_rows(draft: Draft, name: str, task: Task, faults: Faults) -> Dataset | None:
    """The rows of a task whose data is local; None, and faults, where they cannot be read."""
    if task.data.hub is not None:
        return None
    try:
        return load_data(task.data, draft.folder)
    except InputError as error:
        for fault in error.faults:
            faults.add(fault.message, _place(draft, name, task, fault), fault.hint)
        return None


def _place(draft: Draft, name: str, task: Task, fault: Fault) -> Place:
    """The fault's own place in the data, or the key of the suite that it is about."""
    if task.data.id is not None and f"no column “{task.data.id}” for the ids" in fault.message:
        return draft.place("tasks", name, "data", "id")
    if fault.place is not None:
        return fault.place
    key = _KEY.search(fault.message)
    if key is not None and draft.is_written("tasks", name, "data", key[1]):
        return draft.place("tasks", name, "data", key[1])
    if task.data.split is not None and f"split “{task.data.split}”" in fault.message:
        return draft.place("tasks", name, "data", "split")
    return draft.place("tasks", name, "data", "path")
