"""Contributions: what a task adds to the others of a joint model, by leaving it out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict

from mtlbench.analysis.differences import differences, paired
from mtlbench.analysis.evidence import Design, TaskEvidence
from mtlbench.analysis.lineage import Lineage
from mtlbench.results.schema import ContributionRow

FEWEST_TASKS = 3
"""Of a joint model: without one of two tasks it is a single-task model, and the difference is its transfer."""


def contribution_rows(lineage: Lineage, tasks: Sequence[TaskEvidence], design: Design) -> list[ContributionRow]:
    """joint − without, on each of the tasks that both were trained on; all tests are one family."""
    found = [
        (left_out, task, without, joint)
        for joint, without, left_out in _left_out(lineage)
        for task in tasks
        if task.name in lineage.models[without].tasks
    ]
    told = differences([paired(task, joint, without, design) for _, task, without, joint in found], design)
    return [
        ContributionRow(left_out=left_out, target=task.name, model=without, joint=joint, **asdict(each))
        for (left_out, task, without, joint), each in zip(found, told, strict=True)
    ]


def _left_out(lineage: Lineage) -> Iterator[tuple[str, str, str]]:
    """(joint model, model of its family trained on all its tasks but one, and on as many rows of them; that one)."""
    trained = {model: (lineage.models[model].family, set(lineage.models[model].tasks)) for model in lineage.together}
    for joint, (family, whole) in trained.items():
        for without, (other, part) in trained.items():
            alike = other == family and _rows(lineage, joint, part) == _rows(lineage, without, part)
            if len(whole) >= FEWEST_TASKS and alike and part < whole and len(whole - part) == 1:
                yield joint, without, (whole - part).pop()


def _rows(lineage: Lineage, model: str, tasks: Collection[str]) -> dict[str, int]:
    """How many rows of the tasks a model was trained on, where that is known."""
    return {task: n for task, n in (lineage.models[model].rows or {}).items() if task in tasks}
