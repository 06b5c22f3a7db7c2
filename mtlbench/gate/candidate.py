"""A model of a run, as a baseline would hold it: so a candidate and what it is held against are the same kind of thing."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.gate.baseline import Baseline, Cost, StoredBaseline, StoredTask, TaskRows
from mtlbench.results.folder import Incomplete
from mtlbench.results.schema import EfficiencyRow
from mtlbench.scoring.sides import Side
from mtlbench.scoring.statistics import read_statistics
from mtlbench.suite.faults import InputError
from mtlbench.tasks.base import KIND_KEYS

_READING = {"kind", "reference", *KIND_KEYS}


def chosen_model(side: Side, usual: str | None = None) -> str:
    """The model that was named, the run's only one, or the `usual` one; raises InputError where that leaves several."""
    model = side.model or usual
    if model is None or model not in side.models:
        raise InputError(
            f"{side.folder.path} has several models: {', '.join(side.models)}", "say which one is meant: RUN:MODEL"
        )
    return model


def as_baseline(side: Side, model: str) -> Baseline:
    """Raises Incomplete where the run failed somewhere, or the model lacks a task or a score."""
    manifest, results = side.manifest, side.results
    if manifest.status != "complete":
        failed = [f"{pair.model} on {pair.task}: {pair.error}" for pair in manifest.pairs if pair.error is not None]
        raise Incomplete(f"the run in {side.folder.path} is incomplete: {'; '.join(failed)}", "run the suite again")
    overall = next(row for row in results.overall if row.model == model)
    tasks = {task: _stored_task(side, model, task) for task in manifest.tasks}
    if overall.value is None:
        raise Incomplete(f"{model} has no overall score: {overall.reason}")
    about = StoredBaseline(
        suite=manifest.suite,
        suite_hash=manifest.suite_hash,
        run=manifest.run,
        created=manifest.created,
        model=model,
        fingerprint=manifest.models[model].fingerprint,
        declared=side.suite.models[model].model_dump(mode="json", exclude_unset=True),
        version=manifest.version,
        libraries=manifest.versions,
        hardware=manifest.hardware,
        normalize=results.suite.normalize,
        overall=overall.value,
        tasks=tasks,
        cost=cost_of([row for row in results.efficiency if row.model == model]),
    )
    return Baseline(about, {task: _rows(side, model, task) for task in tasks})


def cost_of(rows: Sequence[EfficiencyRow]) -> Cost:
    """Of one model's rows."""
    seconds = [row.seconds for row in rows if row.seconds is not None and not row.cached]
    memory = [row.peak_memory for row in rows if row.peak_memory is not None]
    return Cost(
        seconds=sum(seconds) if seconds and len(seconds) == len(rows) else None,
        memory=max(memory, default=None),
        device=rows[0].device if rows else None,
        dtype=rows[0].dtype if rows else None,
    )


def _stored_task(side: Side, model: str, task: str) -> StoredTask:
    info = next(each for each in side.results.tasks if each.name == task)
    rows = [row for row in side.results.scores if (row.model, row.task, row.headline) == (model, task, True)]
    if not rows or rows[0].value is None:
        reason = rows[0].reason if rows else f"it was not run on {task}"
        raise Incomplete(f"{model} has no score on {task}: {reason}", "run the suite with all of its tasks")
    if not info.n:
        raise Incomplete(f"{task} has no rows: nothing was measured")
    scorer = side.scorers[task]
    (metric,) = scorer.metrics
    return StoredTask(
        metric=metric.name,
        signature=metric.signature,
        recipe=scorer.recipes[metric.name],
        reading=scorer.task.model_dump(mode="json", include=_READING),
        fingerprint=info.fingerprint,
        n=info.n,
        weight=info.weight,
        value=rows[0].value,
    )


def _rows(side: Side, model: str, task: str) -> TaskRows:
    scorer = side.scorers[task]
    (metric,) = scorer.metrics
    if not metric.reusable:
        raise InputError(
            f"{task}: {metric.name} cannot be told from stored numbers alone, so no baseline of it can be kept",
            "give the task another headline, the first of its metrics",
        )
    table, rows = read_statistics(side.folder, model, task, scorer)
    return TaskRows(tuple(table.column("id").to_pylist()), rows[metric.name])
