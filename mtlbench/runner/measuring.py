"""A short measurement of a model: a few of its own requests, answered as a run would answer them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mtlbench.runner.cache import Cache
from mtlbench.runner.calibration import Calibration, Speed, lengths, speed_key
from mtlbench.runner.events import Event, ModelDone, Spent
from mtlbench.runner.execute import execute
from mtlbench.runner.moments import Moments
from mtlbench.runner.plan import Plan, PlannedModel, PlannedTask
from mtlbench.suite.faults import InputError

FEW, MANY = 16, 256
"""Rows that are answered: first a few, then many if they are quick."""
SECONDS = 8.0
"""About the longest that the many may take."""
SHORT = 12
"""Most tokens that the many write, so that there are enough of them to fill batches."""


def measure(plan: Plan, model: PlannedModel) -> Calibration:
    """The model's speed, and how much it writes, from rows spread over its tasks; raises InputError where it fails.

    A few rows are written to their end. What a few and many cost, of outputs cut short, then tells apart what is paid once
    and what for each row.
    """
    whole = _run(plan, model, FEW, None)
    found = Calibration(speeds={speed_key(model): Speed.of(whole)}, lengths=lengths(model, whole))
    rows = _many(Moments.total(whole.answered.values()))
    if rows > 2 * FEW:
        few, many = (_run(plan, model, count, SHORT) for count in (FEW, rows))
        found.speeds[speed_key(model)] = Speed.between(few, many)
    return found


def _many(told: Moments) -> int:
    """Rows that will take about as long as they may: of outputs cut short, and in fuller batches at half the cost."""
    cut = min(1.0, SHORT * told.answers / max(1, told.output_tokens)) if told.output_tokens else 1.0
    each = cut * told.seconds / max(1, told.answers) / 2
    return MANY if each * MANY <= SECONDS else int(SECONDS / each)


def _run(plan: Plan, model: PlannedModel, rows: int, most: int | None) -> Spent:
    told: list[Event] = []
    with TemporaryDirectory(prefix="mtlbench-") as folder, Cache(None) as cache:
        tasks = shares([len(plan.tasks[task].dataset) for task in model.tasks], rows)
        some = {
            task: shortened(cut(plan.tasks[task], count), plan, model, most)
            for task, count in zip(model.tasks, tasks, strict=True)
        }
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


def shortened(task: PlannedTask, plan: Plan, model: PlannedModel, most: int | None) -> PlannedTask:
    """The task with outputs of so many tokens at most."""
    asked = plan.generation(model.name, task.name)
    if most is None or (asked.max_new_tokens or most + 1) <= most:
        return task
    keys = {"max_new_tokens": most, "min_new_tokens": min(asked.min_new_tokens or 0, most) or None}
    generation = task.task.generation.model_copy(update=keys)
    return replace(task, task=task.task.model_copy(update={"generation": generation}))
