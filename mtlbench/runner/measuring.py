"""A short measurement of a model: a few of its own requests, answered as a run would answer them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mtlbench.runner.cache import Cache
from mtlbench.runner.events import Event, ModelDone, Spent
from mtlbench.runner.execute import execute
from mtlbench.runner.plan import Plan, PlannedModel, PlannedTask
from mtlbench.suite.faults import InputError

FEW, MANY = 16, 256
"""Rows that are answered first, and then if they are quick."""
SECONDS = 5.0
"""About the longest that the many may take."""


def measure(plan: Plan, model: PlannedModel) -> Spent:
    """What a turn took of some rows, spread over the model's tasks; raises InputError where the model fails."""
    first = _run(plan, model, FEW)
    each = sum(told.seconds for told in first.answered.values()) / FEW
    rows = MANY if each * MANY <= SECONDS else int(SECONDS / each)
    return _run(plan, model, rows) if rows > 2 * FEW else first


def _run(plan: Plan, model: PlannedModel, rows: int) -> Spent:
    told: list[Event] = []
    with TemporaryDirectory(prefix="mtlbench-") as folder, Cache(None) as cache:
        tasks = shares([len(plan.tasks[task].dataset) for task in model.tasks], rows)
        some = {task: cut(plan.tasks[task], count) for task, count in zip(model.tasks, tasks, strict=True)}
        execute(replace(plan, models={model.name: model}, tasks=some, output=Path(folder)), cache, told.append)
    for event in told:
        if isinstance(event, ModelDone) and event.error is not None:
            raise InputError(f"{model.name}: {event.error}")
    return next(event for event in told if isinstance(event, Spent))


def shares(sizes: Sequence[int], count: int) -> list[int]:
    """`count` parted in proportion to `sizes`, one at least and all at most of each."""
    total = sum(sizes)
    return [min(size, max(1, round(count * size / total))) for size in sizes]


def cut(task: PlannedTask, count: int) -> PlannedTask:
    """The task with so many of its rows, spread over all, and without variants."""
    chosen = [place * len(task.dataset) // count for place in range(count)]
    places = [task.places[place] for place in chosen]
    return replace(task, dataset=task.dataset.take(chosen), places=places, rewrites=(), variants=())
