"""The source × target matrix: what one task does to another, trained with it, before it, or instead of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from typing import Literal

import numpy as np

from mtlbench.analysis.differences import FLOOR, Contrast, above_floor, differences, paired
from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.lineage import Lineage
from mtlbench.results.schema import MatrixRow, ScoreRow


@dataclass(frozen=True, slots=True)
class _Cell:
    """`baseline` is a model, FLOOR, or None where there is none."""

    source: str
    target: TaskEvidence
    via: Literal["pair", "sequence", "zero-shot"]
    model: str
    baseline: str | None


def matrix_rows(
    lineage: Lineage, tasks: Sequence[TaskEvidence], scores: Sequence[ScoreRow], design: Design
) -> list[MatrixRow]:
    """A row for each cell that a model of the run fills; all tests are one family. A task's effect on itself has none.

    Deltas are absolute as Pruksachatkun et al. (2020) give them, and relative as Vu et al. (2020).
    """
    by_name = {task.name: task for task in tasks}
    cells = [*_pairs(lineage, by_name), *_sequences(lineage, by_name), *_zero_shot(lineage, by_name)]
    headlines = {(row.model, row.task): row for row in scores if row.headline}
    found = differences([_contrast(cell, headlines, design) for cell in cells], design)
    return [
        MatrixRow(
            source=cell.source,
            target=cell.target.name,
            via=cell.via,
            model=cell.model,
            baseline=cell.baseline,
            **asdict(each),
        )
        for cell, each in zip(cells, found, strict=True)
    ]


def _pairs(lineage: Lineage, tasks: Mapping[str, TaskEvidence]) -> Iterator[_Cell]:
    """Models trained on exactly two tasks at one time."""
    for model in lineage.together:
        trained = lineage.models[model].tasks
        for source, target in permutations(trained, 2) if len(trained) == 2 else ():
            yield from _against_baselines(lineage, tasks, source, target, "pair", model)


def _sequences(lineage: Lineage, tasks: Mapping[str, TaskEvidence]) -> Iterator[_Cell]:
    """Courses that begin with one task and then train another: the first is an intermediate task for the second."""
    for course in lineage.courses:
        (_, first), (model, second) = course.stages[:2]
        if len(first) == len(second) == 1 and first != second:
            yield from _against_baselines(lineage, tasks, first[0], second[0], "sequence", model)


def _against_baselines(
    lineage: Lineage,
    tasks: Mapping[str, TaskEvidence],
    source: str,
    target: str,
    via: Literal["pair", "sequence"],
    model: str,
) -> Iterator[_Cell]:
    if target in tasks:
        found: list[str | None] = [*lineage.baselines(model).get(target, ())]
        for baseline in found or [None]:
            yield _Cell(source, tasks[target], via, model, baseline)


def _zero_shot(lineage: Lineage, tasks: Mapping[str, TaskEvidence]) -> Iterator[_Cell]:
    """Tasks that a model answers and was never trained on: against the start of its course, else against the floor."""
    starts = {model: course.start for course in lineage.courses for model, _ in course.stages if course.start}
    for model in lineage.trained:
        trained = lineage.models[model].tasks
        for task in tasks.values():
            if task.name not in trained and not np.isnan(task.value(model)):
                yield _Cell(" + ".join(trained), task, "zero-shot", model, starts.get(model, FLOOR))


def _contrast(cell: _Cell, scores: Mapping[tuple[str, str], ScoreRow], design: Design) -> Contrast:
    if cell.baseline is None:
        return Contrast(reason=f"no single-task baseline for {cell.target.name}")
    if cell.via == "zero-shot" and cell.baseline == FLOOR:
        return above_floor(cell.target, scores[cell.model, cell.target.name])
    return paired(cell.target, cell.model, cell.baseline, design)
