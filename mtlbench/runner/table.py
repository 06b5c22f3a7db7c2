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


def predictions_table(task: PlannedTask, outputs: Sequence[Output]) -> pa.Table:
    """id, input, reference, prediction (null where invalid), raw output, choice scores, token counts, seconds, groups."""
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
        values = (row[group] for row in task.dataset)
        columns[GROUP + group] = pa.array([None if value is None else as_text(value) for value in values], pa.string())
    return pa.table(columns)
