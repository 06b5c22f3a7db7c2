"""Predictions on disk → the sufficient statistics of each metric, computed or, where they were before, read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mtlbench.metrics import Metric, MetricContext
from mtlbench.metrics.base import FloatArray
from mtlbench.metrics.lookup import find_metric
from mtlbench.registry import UnknownName
from mtlbench.results import RunFolder
from mtlbench.results.folder import write_table
from mtlbench.runner.table import CLUSTER, stored_rows
from mtlbench.scoring.stored import digest_of, kept_rows, recipe, statistics_table
from mtlbench.suite.declarations import MetricUse, Task
from mtlbench.suite.faults import InputError
from mtlbench.tasks import TASKS, TaskKind
from mtlbench.tasks.base import LIKELIHOODS, Produces, Stored

if TYPE_CHECKING:
    import pyarrow as pa

IndexArray: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True)
class Scorer:
    """A task's kind and metrics, ready to read predictions."""

    task: Task
    kind: TaskKind
    metrics: tuple[Metric, ...]
    recipes: Mapping[str, str]
    """Metric → what makes its rows of given texts."""

    @classmethod
    def of(cls, task: Task, folder: Path = Path()) -> Scorer:
        """The task's declared metrics, else its kind's, and those that its kind always reports.

        `folder` is the suite's. Raises InputError where a metric of the user's is not to be had.
        """
        kind = TASKS.get(task.kind)(task)
        uses = task.metrics or [MetricUse(name=name) for name in kind.default_metrics]
        named = {use.name for use in uses}
        uses = [*uses, *(MetricUse(name=name) for name in kind.always if name not in named)]
        context = MetricContext.of(task, folder)
        metrics = tuple(_made(use, context) for use in uses)
        recipes = {use.name: recipe(metric, use.options) for use, metric in zip(uses, metrics, strict=True)}
        return cls(task, kind, metrics, recipes)

    @property
    def labels(self) -> tuple[str, ...]:
        """The label words of which every example has one; none for tasks of another form."""
        return tuple(self.task.labels or ()) if self.kind.form == "label" else ()

    @property
    def headline(self) -> Scorer:
        """Scores by the headline alone."""
        metric = self.metrics[0]
        return replace(self, metrics=(metric,), recipes={metric.name: self.recipes[metric.name]})

    def statistics(
        self, metrics: Sequence[Metric], stored: Sequence[Stored], inputs: Sequence[str]
    ) -> dict[str, FloatArray]:
        """Metric → its rows `[n, k]`; raises InputError where one cannot be computed.

        A metric of what the model does not give (scores of choices, say) has none.
        """
        takes = {metric.name: self._takes(metric) for metric in metrics}
        given = {what: self._given(what, stored) for what in dict.fromkeys(takes.values())}
        rows = {}
        for metric in metrics:
            predictions, targets = given[takes[metric.name]]
            if predictions is None:
                continue
            more: dict[str, Any] = {"inputs": inputs} if metric.needs_inputs else {}
            try:
                seen = predictions if metric.sees_invalid else self.filled(predictions, targets)
                found = metric.statistics(seen, targets, **more)
            except ValueError as error:
                raise InputError(f"the metric {metric.name} cannot score: {error}") from error
            rows[metric.name] = np.asarray(found, dtype=np.float64)
        return rows

    def _takes(self, metric: Metric) -> Produces:
        """Of what the kind produces, the first that the metric accepts."""
        return next((what for what in self.kind.produces if what in metric.accepts), self.kind.produces[0])

    def _given(self, what: Produces, stored: Sequence[Stored]) -> tuple[list[Any] | None, list[Any]]:
        """Predictions, None where the model gives none of the kind, and references."""
        predictions = [self.kind.prediction(what, row) for row in stored]
        if what in LIKELIHOODS and None in predictions:
            return None, []
        return predictions, [self.kind.gold(what, row) for row in stored]

    def filled(self, predictions: list[Any], targets: Sequence[Any]) -> list[Any]:
        """Outputs that are no number count as `invalid_value`, else as the middle of the references' range."""
        if None not in predictions:
            return predictions
        value = self.task.invalid_value
        value = (min(targets) + max(targets)) / 2 if value is None else value
        return [value if prediction is None else prediction for prediction in predictions]


def _made(use: MetricUse, context: MetricContext) -> Metric:
    try:
        return find_metric(use.name, context.folder)(use.name, context, **use.options)
    except (ValueError, TypeError, UnknownName) as error:  # the run's suite may have been edited since it was checked
        raise InputError(
            str(error), f"paths in the run's suite.yaml are relative to {context.folder.resolve()}"
        ) from error


def pair_statistics(folder: RunFolder, model: str, task: str, scorer: Scorer) -> tuple[pa.Table, dict[str, FloatArray]]:
    """A pair's predictions and its metrics' rows, which the run's folder then holds."""
    read = _read(folder, model, task, scorer)
    if read.computed:
        recipes, digest = scorer.recipes, read.digest
        table = statistics_table(read.table.column("id"), scorer.metrics, read.rows, recipes, digest)
        write_table(folder.statistics_path(model, task), table)
    return read.table, read.rows


def read_statistics(folder: RunFolder, model: str, task: str, scorer: Scorer) -> tuple[pa.Table, dict[str, FloatArray]]:
    """The same, and the folder stays as it is."""
    read = _read(folder, model, task, scorer)
    return read.table, read.rows


@dataclass(frozen=True, slots=True)
class _Read:
    table: pa.Table
    rows: dict[str, FloatArray]
    digest: str
    computed: bool
    """Whether there was anything that the folder did not hold."""


def _read(folder: RunFolder, model: str, task: str, scorer: Scorer) -> _Read:
    """What the folder holds of the metrics' rows is not computed."""
    table = folder.read_predictions(model, task)
    digest = digest_of(table, scorer.task)
    path = folder.statistics_path(model, task)
    rows = kept_rows(path, table.column("id"), scorer.metrics, scorer.recipes, digest)
    missing = [metric for metric in scorer.metrics if metric.name not in rows]
    if missing:
        rows |= scorer.statistics(missing, stored_rows(table), table.column("input").to_pylist())
    return _Read(table, rows, digest, bool(missing))


def cluster_codes(table: pa.Table) -> IndexArray | None:
    """The number of each row's cluster `[n]`; a row without one has its own. None where the task declares no clusters."""
    if CLUSTER not in table.column_names:
        return None
    names = table.column(CLUSTER).to_pylist()
    numbers: dict[object, int] = {}
    keys = ((number,) if name is None else name for number, name in enumerate(names))
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.intp)
