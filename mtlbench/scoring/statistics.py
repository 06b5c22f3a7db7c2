"""Predictions on disk → the sufficient statistics of each metric, and those on disk again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mtlbench.metrics import METRICS, Metric, MetricContext
from mtlbench.metrics.base import FloatArray
from mtlbench.results import RunFolder
from mtlbench.results.folder import read_table, write_table
from mtlbench.suite.declarations import MetricUse, Task
from mtlbench.tasks import TASKS, TaskKind

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Scorer:
    """A task's kind and metrics, ready to read predictions."""

    task: Task
    kind: TaskKind
    metrics: tuple[Metric, ...]

    @classmethod
    def of(cls, task: Task) -> Scorer:
        """The task's declared metrics, else its kind's, and those that its kind always reports."""
        kind = TASKS.get(task.kind)(task)
        uses = task.metrics or [MetricUse(name=name) for name in kind.default_metrics]
        named = {use.name for use in uses}
        uses = [*uses, *(MetricUse(name=name) for name in kind.always if name not in named)]
        labels = tuple(task.labels or ())
        context = MetricContext(labels, None if task.positive is None else labels.index(task.positive))
        return cls(task, kind, tuple(METRICS.get(use.name)(use.name, context, **use.options) for use in uses))

    def statistics(self, outputs: Sequence[str], references: Sequence[list[str]]) -> dict[str, FloatArray]:
        """Metric → its rows `[n, k]`."""
        predictions = [self.kind.predict(output) for output in outputs]
        targets = [self.kind.target(texts) for texts in references]
        filled = self.filled(predictions, targets)
        return {
            metric.name: metric.statistics(predictions if metric.sees_invalid else filled, targets)
            for metric in self.metrics
        }

    def filled(self, predictions: list[Any], targets: Sequence[Any]) -> list[Any]:
        """Outputs that are no number count as `invalid_value`, else as the middle of the references' range."""
        if None not in predictions:
            return predictions
        value = self.task.invalid_value
        value = (min(targets) + max(targets)) / 2 if value is None else value
        return [value if prediction is None else prediction for prediction in predictions]


def pair_statistics(folder: RunFolder, model: str, task: str, scorer: Scorer) -> tuple[pa.Table, dict[str, FloatArray]]:
    """A pair's predictions and its metrics' rows, which are also written to the run's folder."""
    table = read_table(folder.predictions_path(model, task))
    rows = scorer.statistics(table.column("output").to_pylist(), table.column("reference").to_pylist())
    write_table(folder.statistics_path(model, task), statistics_table(table.column("id"), scorer.metrics, rows))
    return table, rows


def statistics_table(ids: Any, metrics: Sequence[Metric], rows: Mapping[str, FloatArray]) -> pa.Table:
    """`id`, then a column `metric.statistic` for each of a metric's statistics."""
    import pyarrow as pa

    columns = {"id": ids}
    for metric in metrics:
        for name, column in zip(metric.columns, rows[metric.name].T, strict=True):
            columns[f"{metric.name}.{name}"] = pa.array(np.ascontiguousarray(column))
    return pa.table(columns)
