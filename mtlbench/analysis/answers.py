"""What a task's examples are and what each model answered, example by example: for analyses of errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mtlbench.analysis.evidence import TaskEvidence
from mtlbench.metrics.base import FloatArray

IndexArray: TypeAlias = NDArray[np.int64]

NO_LABEL = -1
"""Stands for an output that is none of the labels."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Of a task whose every example has one label: the label words, and references and predictions `[n]` as their
    indices.
    """

    labels: Sequence[str]
    references: IndexArray
    predictions: Mapping[str, IndexArray]


@dataclass(frozen=True, slots=True)
class Answers:
    """`rows` are each model's headline statistics, a row for each example even where the task's evidence counts clusters;
    `columns` hold the values by which examples are told apart.
    """

    task: TaskEvidence
    ids: Sequence[str]
    columns: Mapping[str, Sequence[str | None]]
    rows: Mapping[str, FloatArray]
    labelled: Labelled | None = None


@dataclass(frozen=True, slots=True)
class Achieved:
    """What a model achieved on each example, in [0, 1] `[n]`, and by which metric."""

    metric: str
    values: FloatArray
    hits: bool
    """Whether an example is right or wrong, and nothing between."""


def achieved(answers: Answers, model: str) -> Achieved | None:
    """Hits of labels, else the values that the headline is the mean of; None where it is no mean, or less is better."""
    if answers.labelled is not None:
        hits = answers.labelled.predictions[model] == answers.labelled.references
        return Achieved("accuracy", hits.astype(np.float64), True)
    metric = answers.task.headline
    if metric.law not in ("proportion", "mean") or not metric.higher_is_better:
        return None
    return Achieved(metric.name, answers.rows[model][:, -2], metric.law == "proportion")
