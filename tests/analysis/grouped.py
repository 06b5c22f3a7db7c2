"""Small made-up tasks whose rows come in groups, for fairness checked by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mtlbench.analysis.evidence import Design
from mtlbench.analysis.groups import Attribute, Compared, GroupedTask, Measure, Scored, compare, lay_out
from mtlbench.metrics import METRICS, MetricContext
from mtlbench.metrics.mean import counted
from mtlbench.scoring.groups import attribute
from mtlbench.suite.groups import Column, Grouping

DESIGN = Design(seed=1, confidence=0.95, resamples=1000, permutations=999)


def by(name: str, groups: Sequence[str | None]) -> Attribute:
    """An attribute from each row's value."""
    return attribute(Grouping((Column(name),)), {name: list(groups)})


def hit_rows(hits: Sequence[int]) -> np.ndarray:
    """Statistics of accuracy: (hit, 1)."""
    return counted(np.asarray(hits, dtype=float))


def accuracy_of(models: Mapping[str, Sequence[int]]) -> Measure:
    """Accuracy of models, given which rows each got right."""
    metric = METRICS.get("accuracy")("accuracy", MetricContext(("no", "yes")))
    return Measure(metric, {name: hit_rows(hits) for name, hits in models.items()})


def task_of(models: Mapping[str, Sequence[int]], *attributes: Attribute, **more: object) -> GroupedTask:
    """A task of accuracy, by these attributes."""
    return GroupedTask("task", "data", attributes, [accuracy_of(models)], **more)  # type: ignore[arg-type]


def shares(*groups: tuple[str, int, int]) -> tuple[list[str], list[int]]:
    """(group, hits, rows) each → the group of each row, and whether it is a hit."""
    names = [name for name, _, n in groups for _ in range(n)]
    return names, [int(row < hits) for _, hits, n in groups for row in range(n)]


def compared(task: GroupedTask, design: Design = DESIGN) -> dict[str, Compared | str]:
    """Each model's groups of the first attribute."""
    layout = lay_out(task, task.attributes[0], task.measures[0])
    if isinstance(layout, str):
        return dict.fromkeys(task.measures[0].rows, layout)
    return compare(layout, Scored.of(task.measures[0]), design, test=True)
