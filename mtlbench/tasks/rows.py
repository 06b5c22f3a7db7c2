"""What a task reads from each row, or which row it cannot read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from mtlbench.data import Dataset
from mtlbench.suite.faults import InputError

T = TypeVar("T")


def read_each(task: str, dataset: Dataset, read: Callable[[dict[str, Any]], T]) -> list[T]:
    """What `read` makes of each row; raises InputError naming the first row it cannot read."""
    found = []
    for index, row in enumerate(dataset):
        try:
            found.append(read(row))
        except ValueError as error:
            where = f"{dataset.source}, {dataset.row_name(index)}"
            raise InputError(f"task {task}: {where}: {error}", "mend the row or the task's columns") from error
    return found
