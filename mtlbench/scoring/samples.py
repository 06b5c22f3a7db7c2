"""A run's examples with every model's answer, those first that tell most: invalid, all wrong, and where models differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mtlbench.metrics.base import FloatArray
from mtlbench.results import RunFolder
from mtlbench.results.folder import read_table
from mtlbench.runner.table import GROUP, SLICE
from mtlbench.scoring.score import run_suite
from mtlbench.scoring.statistics import Scorer
from mtlbench.scoring.stored import metric_rows

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = ("invalid", "wrong", "differ", "rest")
"""Why an example is worth a look, the rarest reason first."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One example. `answers` and `values` are by model; a value is 0 (wrong) to 1 (right), None where examples have none.

    The answer of an invalid output is None, and `outputs` then holds the output, as it does nothing else.
    """

    id: str
    kind: str
    input: str
    references: list[str]
    answers: list[str | None]
    outputs: list[str | None]
    values: list[float | None]
    marks: list[str | None]


@dataclass(frozen=True, slots=True)
class TaskSamples:
    """Examples of one task, the telling ones first; `total` counts those that the run has."""

    task: str
    total: int
    models: list[str]
    columns: list[str]
    """The names of `Sample.marks`: groups and slices."""
    samples: list[Sample]


def read_samples(folder: RunFolder, most: int | None) -> list[TaskSamples]:
    """At most so many examples of each task, all where None; the run must have been scored."""
    manifest = folder.finished_manifest().without_rewordings()
    suite, base = run_suite(folder), folder.path / manifest.folder
    found = []
    for task in manifest.tasks:
        models = [pair.model for pair in manifest.pairs if pair.task == task and pair.error is None]
        if models:
            scorer = Scorer.of(suite.tasks[task], base).headline
            found.append(_task_samples(folder, task, models, scorer, most))
    return found


def _task_samples(folder: RunFolder, task: str, models: list[str], scorer: Scorer, most: int | None) -> TaskSamples:
    tables = [folder.read_predictions(model, task) for model in models]
    values = np.array(
        [
            example_values(scorer, table, read_table(folder.statistics_path(model, task)))
            for model, table in zip(models, tables, strict=True)
        ]
    )
    answers = [table.column("prediction").to_pylist() for table in tables]
    kinds = example_kinds(values, answers)
    order = telling_first(kinds)[:most].tolist()
    shown = [table.take(order) for table in tables]
    names = [name for name in shown[0].column_names if name.startswith((GROUP, SLICE))]
    return TaskSamples(
        task,
        len(kinds),
        models,
        [name.partition(".")[2] for name in names],
        _samples(shown, names, values[:, order], [KINDS[kind] for kind in kinds[order]]),
    )


def _samples(tables: Sequence[pa.Table], names: list[str], values: FloatArray, kinds: list[str]) -> list[Sample]:
    first = tables[0]
    answers = [table.column("prediction").to_pylist() for table in tables]
    outputs = [table.column("output").to_pylist() for table in tables]
    marks = [first.column(name).to_pylist() for name in names]
    texts = zip(*(first.column(name).to_pylist() for name in ("id", "input", "reference")), strict=True)
    return [
        Sample(
            name,
            kinds[row],
            text,
            references,
            [each[row] for each in answers],
            [output[row] if answer[row] is None else None for answer, output in zip(answers, outputs, strict=True)],
            [None if np.isnan(value) else round(float(value), 3) for value in values[:, row]],
            [each[row] for each in marks],
        )
        for row, (name, text, references) in enumerate(texts)
    ]


def example_values(scorer: Scorer, predictions: pa.Table, statistics: pa.Table) -> FloatArray:
    """What a model achieved on each example, 0–1 `[n]`: hits where examples have one label, else the headline's value of
    the example, where it is a mean over examples or a function of sums; NaN where it is neither, or less is better.
    """
    import pyarrow.compute as pc

    if scorer.labels:
        hits = pc.equal(predictions.column("prediction"), pc.list_element(predictions.column("reference"), 0))
        return np.asarray(pc.fill_null(hits, False).to_numpy(), dtype=np.float64)
    metric = scorer.metrics[0]
    unknown = np.full(predictions.num_rows, np.nan)
    summable = metric.additive and metric.law in ("proportion", "mean", "ratio") and metric.bounds == (0.0, 100.0)
    if not summable or not metric.higher_is_better:
        return unknown
    try:
        return metric.score(metric_rows(statistics, metric)) / 100
    except KeyError:  # the model does not give what the metric takes
        return unknown


def example_kinds(values: FloatArray, answers: Sequence[Sequence[str | None]]) -> NDArray[np.intp]:
    """The place in KINDS of each example `[n]`, from values `[S, n]` and answers; the first that applies counts.

    Models differ where one is right, or better by half, and another is not; without values, where their answers do.
    """
    invalid = np.array([None in row for row in zip(*answers, strict=True)], dtype=bool)
    scored = ~np.isnan(values).any(0)
    low, high = values.min(0), values.max(0)
    unlike = np.array([len(set(row)) > 1 for row in zip(*answers, strict=True)], dtype=bool)
    differ = np.where(scored, high - low >= 0.5, unlike)
    return np.select([invalid, scored & (high == 0), differ], [0, 1, 2], 3)


def telling_first(kinds: NDArray[np.intp]) -> NDArray[np.intp]:
    """An order `[n]` that takes invalid, all-wrong and differing examples in turn, as long as there are any, then the rest;
    of one kind they keep their order.
    """
    turn = np.zeros(len(kinds), dtype=np.intp)
    for kind in range(len(KINDS)):
        turn[kinds == kind] = np.arange((kinds == kind).sum())
    return np.lexsort((kinds, turn, kinds == KINDS.index("rest")))
