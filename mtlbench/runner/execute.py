"""Plan → predictions on disk. Whatever stops a run, what was computed is kept and not computed again."""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from mtlbench.engines import Identity, Output, Request
from mtlbench.engines.checkpoint import Checkpoint
from mtlbench.engines.clock import Clock
from mtlbench.engines.operations import ROWS
from mtlbench.results import RunFolder
from mtlbench.results.files import locked, write_text
from mtlbench.results.manifest import DataRecord, ExamplesRecord, Manifest, ModelRecord, PairRecord, Status
from mtlbench.runner.asking import Asking
from mtlbench.runner.backlog import Backlog
from mtlbench.runner.cache import Cache, cache_path
from mtlbench.runner.calibration import Calibration
from mtlbench.runner.costs import CACHED, COLD_START, FLOPS, NOT_ASKED, Costs
from mtlbench.runner.environment import hardware, own_version
from mtlbench.runner.events import Advanced, Event, Listener, ModelDone, ModelStarted, Notice, RunStarted, Spent
from mtlbench.runner.executors import Answered, Ended, Executor, Turn
from mtlbench.runner.executors.local import Local
from mtlbench.runner.moments import Moments
from mtlbench.runner.outputs import Outputs
from mtlbench.runner.plan import Plan, PlannedModel
from mtlbench.runner.storing import Store


def ignore(event: Event) -> None:
    """Listens to nothing."""


def execute(
    plan: Plan, cache: Cache | None = None, listen: Listener = ignore, executor: Executor | None = None
) -> RunFolder:
    """Answer what the cache does not hold (by default the user's) and write every prediction.

    A model that fails is recorded in the manifest and the others go on; the manifest's status tells how the run ended.
    """
    if cache is None:
        with Cache(cache_path()) as opened:
            return execute(plan, opened, listen, executor)
    folder = plan.folder
    with locked(folder.path):
        run = _Run(plan, cache, executor or Local(), listen, _first_manifest(plan))
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
        run.finish("incomplete" if any(pair.error for pair in run.pairs.values()) else "complete")
    return folder


@dataclass(slots=True)
class _Open:
    """A model whose turn is not over."""

    asking: Asking
    backlog: Backlog
    outputs: Outputs
    began: float
    clock: Clock
    answered: dict[str, Moments] = field(default_factory=lambda: defaultdict(Moments))
    """What was computed, by task."""


@dataclass(slots=True)
class _Run:
    plan: Plan
    cache: Cache
    executor: Executor
    listen: Listener
    manifest: Manifest
    open: dict[str, _Open] = field(default_factory=dict)
    pairs: dict[tuple[str, str], PairRecord] = field(default_factory=dict)
    calibration: Calibration = field(default_factory=Calibration)

    def all_models(self) -> None:
        plan = self.plan
        totals = {(name, task): plan.count(name, task) for name, model in plan.models.items() for task in model.tasks}
        self.listen(RunStarted(totals))
        for said in self.executor.run(self._turns()):
            match said:
                case Answered(model, outputs):
                    self._keep(self.open[model], outputs)
                case Ended(model, costs, error):
                    self._end(self.open.pop(model), costs, error)
                case Notice():
                    self.listen(said)

    def finish(self, status: Status) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._write_manifest({"status": status, "finished": now})
        if self.cache.folder is not None and "local" in self.executor.names:
            self.calibration.keep(self.cache.folder)

    def _turns(self) -> Iterator[Turn]:
        """Of models that have something to compute; those that have not are done with at once."""
        measure = frozenset(self.plan.suite.measure)
        for model in self.plan.models.values():
            opened = self._opened(model)
            if not len(opened.backlog) and FLOPS not in measure:
                self._end(opened, Costs.none(measure, CACHED), None)
                continue
            self.open[model.name] = opened
            backlog, examples = opened.backlog, partial(_examples, opened.asking)
            yield Turn(model, self.plan.base, self.plan.options, measure, backlog.shards, backlog.shard, examples)

    def _opened(self, model: PlannedModel) -> _Open:
        began, clock, asking = time.perf_counter(), Clock(), Asking(self.plan, model)
        kept = self.cache if model.engine.cached and self.cache.folder else Cache(None)
        outputs = Outputs(kept, lambda message: self.listen(Notice(message)))
        with clock.timed("look up"):
            backlog = Backlog(asking, self.plan.versions, outputs)
        spans = {task: asking.numbers(task) for task in model.tasks}
        cached = {task: int(backlog.cached[span.start : span.stop].sum()) for task, span in spans.items()}
        self.listen(ModelStarted(model.name, cached))
        return _Open(asking, backlog, outputs, began, clock)

    def _keep(self, mine: _Open, outputs: Sequence[tuple[int, Output]]) -> None:
        with mine.clock.timed("store"):
            mine.outputs.put([(mine.backlog.key(number), output) for number, output in outputs])
        answered: Counter[str] = Counter()
        by_task: dict[str, list[Output]] = defaultdict(list)
        for number, output in outputs:
            by_task[mine.asking.task(number)].append(output)
            answered.update(mine.asking.task(copy) for copy in mine.backlog.copies(number))
        for task, some in by_task.items():
            mine.answered[task].add(some)
        for task, count in answered.items():
            self.listen(Advanced(mine.asking.model.name, task, count))

    def _end(self, mine: _Open, costs: Costs, error: str | None) -> None:
        name, store = mine.asking.model.name, Store(self.plan, mine.asking, mine.backlog, mine.outputs)
        total = sum(each.seconds for each in mine.answered.values())
        for task in mine.asking.model.tasks:
            share = mine.answered[task].seconds / total if total else None
            record = _costs(task, costs, share, self.plan.suite.measure)
            with mine.clock.timed("store"):
                self.pairs[name, task] = store.pair(task, error, record)
        self._write_manifest({})
        self._tell(mine, costs, error)
        self.listen(ModelDone(name, time.perf_counter() - mine.began, error))

    def _tell(self, mine: _Open, costs: Costs, error: str | None) -> None:
        """What the turn took."""
        answered = {task: each for task, each in mine.answered.items() if each.answers}
        costs.phases |= mine.clock.read()
        spent = Spent(mine.asking.model.name, len(mine.asking), answered, costs)
        if answered and error is None:
            self.calibration.learn(mine.asking.model, spent)
        self.listen(spent)

    def _write_manifest(self, update: dict[str, Any]) -> None:
        order = ((name, task) for name, model in self.plan.models.items() for task in model.tasks)
        pairs = [self.pairs[pair] for pair in order if pair in self.pairs]
        self.plan.folder.write_manifest(self.manifest.model_copy(update={"pairs": pairs, **update}))


def _examples(asking: Asking) -> dict[str, list[Request]]:
    """Of each task a few requests, spread over it."""
    spans = {task: asking.numbers(task) for task in asking.model.tasks}
    return {task: asking.requests(span[:: -(-len(span) // ROWS)]) for task, span in spans.items()}


def _costs(task: str, costs: Costs, share: float | None, measure: Collection[str]) -> dict[str, Any]:
    """What a pair's record tells of its model's costs; `share` is the task's of its time."""
    flops = costs.flops.get(task) if FLOPS in measure else None  # a profile counts them unasked
    found = {
        "cold_start": costs.cold_start,
        "flops": flops,
        "energy": None if costs.joules is None or share is None else costs.joules * share,
    }
    unmeasured = {
        name: costs.unmeasured[name] if name in (COLD_START, *measure) else NOT_ASKED
        for name, value in found.items()
        if value is None
    }
    return {**found, "unmeasured": unmeasured, "peak_memory": costs.peak_memory, "weight_bytes": costs.weight_bytes}


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
