"""Predictions on disk → what analyses of errors see of them: labels as numbers, and columns to tell examples apart by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mtlbench.analysis.answers import NO_LABEL, Answers, IndexArray, Labelled
from mtlbench.analysis.evidence import Cell, TaskEvidence
from mtlbench.analysis.slices import INPUT_WORDS
from mtlbench.metrics.base import FloatArray
from mtlbench.runner.table import GROUP, SLICE

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(slots=True)
class AnswersRead:
    """What was read of a task's pairs so far. Ids, columns and references are those of the first pair; `labels` are empty
    unless every example has one of them.
    """

    labels: tuple[str, ...]
    ids: list[str] = field(default_factory=list)
    columns: dict[str, list[str | None]] = field(default_factory=dict)
    references: IndexArray | None = None
    predictions: dict[str, IndexArray] = field(default_factory=dict)

    def add(self, model: str, table: pa.Table) -> None:
        """Take what is needed of a pair's predictions."""
        import pyarrow.compute as pc

        if not self.ids:
            self.ids = table.column("id").to_pylist()
            self.columns = _columns(table)
        if self.labels:
            self.references = _indices(pc.list_element(table.column("reference"), 0), self.labels)
            self.predictions[model] = _indices(table.column("prediction"), self.labels)

    def of(self, task: TaskEvidence, statistics: dict[Cell, FloatArray]) -> Answers:
        """Together with the task's evidence and the statistics of each example."""
        rows = {model: rows for (model, metric), rows in statistics.items() if metric == task.headline.name}
        labelled = None if self.references is None else Labelled(self.labels, self.references, self.predictions)
        return Answers(task, self.ids, self.columns, rows, labelled)


def _columns(table: pa.Table) -> dict[str, list[str | None]]:
    words: list[str | None] = [str(len(text.split())) for text in table.column("input").to_pylist()]
    named = {
        name.removeprefix(prefix): table.column(name).to_pylist()
        for prefix in (GROUP, SLICE)
        for name in table.column_names
        if name.startswith(prefix)
    }
    return {INPUT_WORDS: words, **named}


def _indices(texts: pa.ChunkedArray, labels: tuple[str, ...]) -> IndexArray:
    """The label that each text is, by its number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.fill_null(pc.index_in(texts, value_set=pa.array(labels, pa.string())), NO_LABEL)
    return np.asarray(found.to_numpy(), dtype=np.int64)
