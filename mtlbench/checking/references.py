"""Whether every row's reference is what the task kind scores against."""

from __future__ import annotations

from mtlbench.data import Dataset
from mtlbench.suite.declarations import Task
from mtlbench.suite.draft import Draft
from mtlbench.suite.faults import Faults
from mtlbench.tasks import BadReference, TaskKind

SHOWN = 3
"""Rows named in a message."""


def check_references(
    draft: Draft, name: str, task: Task, kind: type[TaskKind], dataset: Dataset, faults: Faults
) -> None:
    """One fault for all rows whose reference is of no use, naming the first."""
    reader = kind(task)
    wrong: list[tuple[int, str]] = []
    columns = list(dict.fromkeys(task.references))
    for index, row in enumerate(dataset.table.select(columns).to_pylist()):
        try:
            reader.references(row)
        except BadReference as error:
            wrong.append((index, str(error)))
    if wrong:
        first, *others = [f"{_row(dataset, index)}: {message}" for index, message in wrong[:SHOWN]]
        count = f"{len(wrong)} of {len(dataset)} references in {dataset.source} cannot be used"
        more = ["…"] if len(wrong) > SHOWN else []
        hint = f"so it is with {'; '.join([*others, *more])}" if others else ""
        faults.add(f"{count}: {first}", draft.place("tasks", name, "reference"), hint)


def _row(dataset: Dataset, index: int) -> str:
    return f"{dataset.row_name(index)} (id {dataset.ids[index]})"
