"""Plan → predictions on disk. Whatever stops a run, what was computed is kept and not computed again."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mtlbench.engines import Identity, Output, Request
from mtlbench.engines.active import active_parameters
from mtlbench.engines.bases import BASES
from mtlbench.engines.checkpoint import Checkpoint
from mtlbench.results import RunFolder
from mtlbench.results.files import locked, write_text
from mtlbench.results.folder import write_table
from mtlbench.results.manifest import DataRecord, ExamplesRecord, Manifest, ModelRecord, PairRecord, Status
from mtlbench.runner.cache import Cache, cache_path, output_key
from mtlbench.runner.environment import hardware, own_version
from mtlbench.runner.events import Advanced, Event, Listener, ModelDone, ModelLoading, Notice, RunStarted
from mtlbench.runner.meter import CACHED, FLOPS, Costs, Meter
from mtlbench.runner.plan import Plan, PlannedModel
from mtlbench.runner.table import predictions_table, variants_table
from mtlbench.suite.faults import InputError


def ignore(event: Event) -> None:
    """Listens to nothing."""


def execute(plan: Plan, cache: Cache | None = None, listen: Listener = ignore) -> RunFolder:
    """Answer what the cache does not hold (by default the user's) and write every prediction.

    A model that fails is recorded in the manifest and the others go on; the manifest's status tells how the run ended.
    """
    if cache is None:
        with Cache(cache_path()) as opened:
            return execute(plan, opened, listen)
    folder = plan.folder
    with locked(folder.path):
        run = _Run(plan, cache, listen, _first_manifest(plan))
        folder.results_path.unlink(missing_ok=True)  # a report of a run that is under way again would be a lie
        folder.page_path.unlink(missing_ok=True)
        folder.verdict_path.unlink(missing_ok=True)
        write_text(folder.suite_path, plan.resolved)
        folder.write_manifest(run.manifest)
        try:
            run.all_models()
        except BaseException:
            with contextlib.suppress(OSError):  # a full disk must not hide what went wrong first
                run.finish("interrupted")
            raise
        run.finish("incomplete" if any(pair.error for pair in run.pairs) else "complete")
    return folder


@dataclass(slots=True)
class _Asked:
    """A model's requests, their keys, and the outputs so far."""

    requests: list[Request]
    keys: list[bytes]
    outputs: dict[bytes, Output]
    cached: frozenset[bytes]

    def missing(self) -> list[Request]:
        """One request for each key without an output."""
        first: dict[bytes, Request] = {}
        for key, request in zip(self.keys, self.requests, strict=True):
            if key not in self.outputs:
                first.setdefault(key, request)
        return list(first.values())

    def of(self, task: str) -> list[Request]:
        """A task's requests."""
        return [request for request in self.requests if request.task == task]

    def share(self, task: str) -> float | None:
        """Of the seconds that computing took, the task's; None where the engine measures none."""
        spent: dict[str, float] = {}
        for key, request in zip(self.keys, self.requests, strict=True):
            if key in self.outputs and key not in self.cached:
                spent[request.task] = spent.get(request.task, 0.0) + (self.outputs[key].seconds or 0.0)
        total = sum(spent.values())
        return spent.get(task, 0.0) / total if total else None


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a model's turn ended: what it cost, and why it could not go on."""

    costs: Costs
    error: str | None = None


@dataclass(slots=True)
class _Run:
    plan: Plan
    cache: Cache
    listen: Listener
    manifest: Manifest
    pairs: list[PairRecord] = field(default_factory=list)

    def all_models(self) -> None:
        asked = {name: self._ask(model) for name, model in self.plan.models.items()}
        self.listen(_started(asked))
        for name, model in self.plan.models.items():
            started = time.perf_counter()
            ended = self._answer(model, asked[name])
            for task in model.tasks:
                self._store(model, task, asked[name], ended)
            del asked[name]
            self.plan.folder.write_manifest(self.manifest.model_copy(update={"pairs": self.pairs}))
            self.listen(ModelDone(name, time.perf_counter() - started, ended.error))
        BASES.release()

    def finish(self, status: Status) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        update = {"status": status, "finished": now, "pairs": self.pairs}
        self.plan.folder.write_manifest(self.manifest.model_copy(update=update))

    def _ask(self, model: PlannedModel) -> _Asked:
        requests: list[Request] = []
        for task in model.tasks:
            requests += self.plan.requests(model.name, task, len(requests))
        keys = [output_key(model.identity, self.plan.versions, request) for request in requests]
        if model.engine.by_task:
            keys = [key + request.task.encode() for key, request in zip(keys, requests, strict=True)]
        if not model.engine.cached:  # its answers go by row, not by what was asked
            keys = [key + request.number.to_bytes(8, "big") for key, request in zip(keys, requests, strict=True)]
            return _Asked(requests, keys, {}, frozenset())
        found = self.cache.get(list(dict.fromkeys(keys)))
        return _Asked(requests, keys, found, frozenset(found))

    def _answer(self, model: PlannedModel, asked: _Asked) -> _Ended:
        """Compute what is missing; count operations, where they are asked for, though nothing be missing."""
        missing, measure = asked.missing(), self.plan.suite.measure
        if not missing and FLOPS not in measure:
            return _Ended(Costs.none(measure, CACHED))
        self.listen(ModelLoading(model.name))
        BASES.release(unless=model.identity.base)  # so that it does not count as this model's memory
        meter = Meter(model, measure)
        try:
            engine = model.engine.load(
                model.identity,
                model.model,
                self.plan.options,
                lambda text: self.listen(Notice(f"{model.name}: {text}")),
            )
            for batch in meter.run(engine, missing):
                self._keep(model, asked, batch)
            meter.count(engine, {task: asked.of(task) for task in model.tasks})
        except InputError as error:
            return _Ended(meter.read(), str(error))
        except Exception as error:  # one model's failure must not cost the others' results
            return _Ended(meter.read(), f"{type(error).__name__}: {error}")
        return _Ended(meter.read())

    def _keep(self, model: PlannedModel, asked: _Asked, batch: Sequence[tuple[int, Output]]) -> None:
        keyed = [(asked.keys[number], output) for number, output in batch]
        if model.engine.cached:
            self._remember(keyed)
        asked.outputs.update(keyed)
        for task in model.tasks:
            count = sum(asked.requests[number].task == task for number, _ in batch)
            if count:
                self.listen(Advanced(model.name, task, count))

    def _remember(self, outputs: list[tuple[bytes, Output]]) -> None:
        try:
            self.cache.put(outputs)
        except sqlite3.Error as error:
            self.listen(Notice(f"the cache cannot be written ({error}): going on without it"))
            self.cache = Cache(None)

    def _store(self, model: PlannedModel, task: str, asked: _Asked, ended: _Ended) -> None:
        """Write the pair's predictions, if all are there."""
        mine = [(key, request) for key, request in zip(asked.keys, asked.requests, strict=True) if request.task == task]
        mine, variants = mine[: (n := len(self.plan.tasks[task].dataset))], mine[n:]
        keys = [key for key, _ in mine]
        complete = all(key in asked.outputs for key in keys)
        outputs = [asked.outputs[key] for key in keys] if complete else []
        path = self.plan.folder.predictions_path(model.name, task)
        if complete:
            questions = [request.question for _, request in mine]
            write_table(path, predictions_table(self.plan.tasks[task], questions, outputs))
        else:
            path.unlink(missing_ok=True)
        answered = self._store_variants(model, task, asked, variants, outputs)
        cached = sum(key in asked.cached for key in keys)
        self.pairs.append(
            PairRecord(
                model=model.name,
                task=task,
                generation=self.plan.generation(model.name, task).model_dump(exclude_none=True),
                cached=cached,
                computed=len(outputs) - cached if complete else 0,
                variants=answered,
                variants_computed=sum(key not in asked.cached for key, _ in variants) if answered else 0,
                truncated=sum(output.truncated for output in outputs),
                limited=sum(output.limited for output in outputs),
                seconds=sum(output.seconds or 0.0 for output in outputs),
                active=active_parameters(model.identity, model.model, task),
                **_costs(task, ended.costs, asked.share(task)),
                error=None if complete else ended.error or "no output",
            )
        )

    def _store_variants(
        self,
        model: PlannedModel,
        task: str,
        asked: _Asked,
        variants: Sequence[tuple[bytes, Request]],
        originals: Sequence[Output],
    ) -> int | None:
        """Write the answers to the task's variants, if all are there; how many there are."""
        path = self.plan.folder.variants_path(model.name, task)
        if not originals or not variants or any(key not in asked.outputs for key, _ in variants):
            path.unlink(missing_ok=True)
            return None
        questions = [request.question for _, request in variants]
        outputs = [asked.outputs[key] for key, _ in variants]
        write_table(path, variants_table(self.plan.tasks[task], questions, outputs, originals))
        return len(variants)


def _costs(task: str, costs: Costs, share: float | None) -> dict[str, Any]:
    """What a pair's record tells of its model's costs; `share` is the task's of its time."""
    found = {
        "cold_start": costs.cold_start,
        "flops": costs.flops.get(task),
        "energy": None if costs.joules is None or share is None else costs.joules * share,
    }
    unmeasured = {name: costs.unmeasured[name] for name, value in found.items() if value is None}
    return {**found, "unmeasured": unmeasured, "peak_memory": costs.peak_memory, "weight_bytes": costs.weight_bytes}


def _started(asked: dict[str, _Asked]) -> RunStarted:
    totals: dict[tuple[str, str], int] = {}
    cached: dict[tuple[str, str], int] = {}
    for model, mine in asked.items():
        for key, request in zip(mine.keys, mine.requests, strict=True):
            pair = (model, request.task)
            totals[pair] = totals.get(pair, 0) + 1
            cached[pair] = cached.get(pair, 0) + (key in mine.cached)
    return RunStarted(totals, cached)


def _first_manifest(plan: Plan) -> Manifest:
    return Manifest(
        status="running",
        run=plan.run_id,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=own_version(),
        suite=plan.suite.name,
        suite_hash=plan.suite_hash,
        folder=_seen_from(plan.folder.path, plan.base),
        limit=plan.limit,
        seed=plan.suite.seed,
        models={name: _model_record(model.identity) for name, model in plan.models.items()},
        tasks={
            name: DataRecord(
                source=task.dataset.source,
                fingerprint=task.dataset.fingerprint,
                n=len(task.dataset),
                variants=task.changed,
            )
            for name, task in plan.tasks.items()
        },
        examples={
            name: ExamplesRecord(source=shown.source, fingerprint=shown.fingerprint, n=len(shown), ids=shown.ids)
            for name, task in plan.tasks.items()
            if (shown := task.examples) is not None
        },
        versions=plan.versions,
        hardware=hardware(
            next((model.identity.device for model in plan.models.values() if model.identity.device), None)
        ),
    )


def _seen_from(run: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(folder, run)).as_posix()
    except ValueError:  # on another drive
        return folder.resolve().as_posix()


def _model_record(identity: Identity) -> ModelRecord:
    training = Checkpoint(identity.adapter or identity.folder)
    return ModelRecord(
        kind=identity.kind,
        engine=identity.engine,
        source=identity.source,
        fingerprint=identity.fingerprint,
        base=identity.base,
        parameters=identity.parameters,
        trainable=identity.trainable,
        bytes=identity.bytes,
        trained_on=training.trained_on,
        trained_rows=training.trained_rows,
        dtype=identity.dtype,
        device=identity.device,
        checkpoint_generation=identity.checkpoint_generation or {},
    )
