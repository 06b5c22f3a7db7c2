"""Plan → what a run of it will take: seconds and memory of each model, from what is left to compute and known speeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from mtlbench.engines.clock import CLOCK
from mtlbench.runner.cache import Cache
from mtlbench.runner.calibration import Calibration, Speed
from mtlbench.runner.importing import import_libraries
from mtlbench.runner.measuring import measure
from mtlbench.runner.plan import Plan
from mtlbench.runner.remaining import Remaining, expecting, remaining
from mtlbench.suite.faults import InputError

UNMEASURED = "no speed of such a model is known on this machine"


@dataclass(frozen=True, slots=True)
class TaskEstimate:
    """`seconds` of answering the task, a model's loading apart; None where its speed is not known."""

    remaining: Remaining
    seconds: float | None


@dataclass(frozen=True, slots=True)
class ModelEstimate:
    """`seconds` are of the whole turn, `memory` bytes at its highest point; None for a `reason`."""

    name: str
    tasks: tuple[TaskEstimate, ...]
    load: float | None
    seconds: float | None
    memory: int | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """`importing` are the seconds until the libraries are there, `scoring` those after the last output; None where this
    machine has not done it yet.
    """

    models: tuple[ModelEstimate, ...]
    importing: float | None
    scoring: float | None

    @property
    def seconds(self) -> float | None:
        """Of the whole run, as far as it is known; None where a model's are not."""
        known = [model.seconds for model in self.models]
        found = [seconds for seconds in known if seconds is not None]
        return None if len(found) < len(known) else sum(found) + (self.importing or 0.0) + (self.scoring or 0.0)

    @property
    def memory(self) -> int | None:
        return max((model.memory for model in self.models if model.memory is not None), default=None)


def estimate(
    plan: Plan, cache: Cache, *, measures: bool = True, say: Callable[[str], None] = lambda line: None
) -> Estimate:
    """What a run of the plan will take.

    Where no speed is known of a model's shape, some of its requests are answered for a few seconds (`measures`), and the
    speed is kept beside the cache, if that is one that is kept.
    """
    calibration = Calibration() if cache.folder is None else Calibration.read(cache.folder)
    learned, models = Calibration(), []
    if measures and calibration.importing is None and any(model.identity.device for model in plan.models.values()):
        import_libraries()
        calibration.importing = learned.importing = CLOCK.read().get("import")
    coming = _shared(plan)
    for model in plan.models.values():
        fingerprint, reason = model.identity.fingerprint, None
        left = remaining(plan, model, cache, coming.get(fingerprint))
        if measures and any(each.answers for each in left) and calibration.speed(model) is None:
            say(f"measuring how fast {model.name} is")
            try:
                found = measure(plan, model)
                calibration.add(found)
                learned.add(found)
            except InputError as error:
                reason = str(error)
        left = expecting(left, calibration.lengths.get(fingerprint, {}))
        models.append(model_estimate(model.name, left, calibration.speed(model), reason))
    if cache.folder is not None:
        learned.keep(cache.folder)
    computes = any(each.remaining.answers for model in models for each in model.tasks)
    return Estimate(tuple(models), calibration.importing if computes else 0.0, calibration.scored(plan))


def _shared(plan: Plan) -> dict[str, set[bytes]]:
    """Room for the keys of models with equal weights, which share their outputs, by fingerprint."""
    counts = Counter(model.identity.fingerprint for model in plan.models.values() if model.engine.cached)
    return {fingerprint: set() for fingerprint, count in counts.items() if count > 1}


def model_estimate(name: str, left: list[Remaining], speed: Speed | None, reason: str | None) -> ModelEstimate:
    """Of a model all of whose outputs are kept, looking them up alone counts, and nothing if its speed is not known."""
    computes = any(each.answers for each in left)
    if speed is None:
        zero = None if computes else 0.0
        tasks = tuple(TaskEstimate(each, zero) for each in left)
        return ModelEstimate(name, tasks, zero, zero, None, (reason or UNMEASURED) if computes else None)
    tasks = tuple(TaskEstimate(each, _task_seconds(each, speed)) for each in left)
    load = speed.load if computes else 0.0
    seconds = load + sum(each.seconds or 0.0 for each in tasks)
    return ModelEstimate(name, tasks, load, seconds, speed.memory if computes else None)


def _task_seconds(left: Remaining, speed: Speed) -> float:
    kept = (left.rows + left.variants) * speed.per_request
    return kept + speed.answering(left.answers, left.input_tokens, left.output_tokens)
