"""Whether every row's reference is what the task kind scores against."""

from __future__ import annotations

from itertools import chain

from mtlbench.checking.columns import list_columns
from mtlbench.data import Dataset
from mtlbench.suite.declarations import Task
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults
from mtlbench.tasks import BadReference, TaskKind

SHOWN = 3
"""Rows named in a message."""


def check_references(
    draft: Draft, name: str, task: Task, kind: TaskKind, dataset: Dataset, faults: Faults
) -> list[list[str]]:
    """The references; one fault for all rows whose own is of no use, naming the first."""
    found: list[list[str]] = []
    wrong: list[tuple[int, str]] = []
    columns = dict.fromkeys([*task.references, *chain.from_iterable(list_columns(task).values())])
    for index, row in enumerate(dataset.table.select(list(columns)).to_pylist()):
        try:
            found.append(kind.references(row))
        except BadReference as error:
            wrong.append((index, str(error)))
    if wrong:
        first, *others = [f"{_row(dataset, index)}: {message}" for index, message in wrong[:SHOWN]]
        count = f"{len(wrong)} of {len(dataset)} references in {dataset.source} cannot be used"
        more = ["…"] if len(wrong) > SHOWN else []
        hint = f"so it is with {'; '.join([*others, *more])}" if others else ""
        faults.add(f"{count}: {first}", draft.place("tasks", name, "reference"), hint)
    return found


def _row(dataset: Dataset, index: int) -> str:
    return f"{dataset.row_name(index)} (id {dataset.ids[index]})"
