"""A pair's predictions as a table: all that scoring needs, and all that a reader wants to see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mtlbench.engines import Output
from mtlbench.runner.plan import PlannedTask
from mtlbench.tasks.base import as_text

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = "group."
"""Prefix of the columns that hold groups."""

CLUSTER = "cluster"
"""The column that holds what a row comes from, in a task that declares it; null for a row that stands alone."""


def predictions_table(task: PlannedTask, outputs: Sequence[Output]) -> pa.Table:
    """id, input, reference, prediction (null where invalid), raw output, choice scores, token counts, seconds, and the
    groups and the cluster of each row.
    """
    import pyarrow as pa

    columns = {
        "id": pa.array(task.dataset.ids, pa.string()),
        "input": pa.array(task.inputs, pa.string()),
        "reference": pa.array(task.references, pa.list_(pa.string())),
        "prediction": pa.array([task.kind.show(task.kind.predict(output.text)) for output in outputs], pa.string()),
        "output": pa.array([output.text for output in outputs], pa.string()),
        "choice_scores": pa.nulls(len(outputs), pa.list_(pa.float64())),
        "input_tokens": pa.array([output.input_tokens for output in outputs], pa.int32()),
        "output_tokens": pa.array([output.output_tokens for output in outputs], pa.int32()),
        "seconds": pa.array([output.seconds for output in outputs], pa.float64()),
        "truncated": pa.array([output.truncated for output in outputs], pa.bool_()),
        "limited": pa.array([output.limited for output in outputs], pa.bool_()),
    }
    for group in task.task.groups:
        columns[GROUP + group] = _texts(task, group)
    if task.task.cluster is not None:
        columns[CLUSTER] = _texts(task, task.task.cluster)
    return pa.table(columns)


def _texts(task: PlannedTask, column: str) -> pa.Array:
    """A column of the data as text."""
    import pyarrow as pa

    values = task.dataset.values(column)
    return pa.array([None if value is None else as_text(value) for value in values], pa.string())
