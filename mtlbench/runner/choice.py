"""Which engine runs a model, and under which generation settings: what the suite names, or what `prefer: speed` finds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mtlbench.engines import AUTO, Asked, Engine, Identity, Options, faster_engines, find_engine, unknown_keys
from mtlbench.engines.checkpoint import find_checkpoint
from mtlbench.suite.declarations import Generation, Model, Suite, Task
from mtlbench.suite.faults import Faults, InputError
from mtlbench.tasks import TASKS


def generation_in_force(task: Task, model: Model, suite: Suite, identity: Identity) -> Generation:
    """The task's settings, over the model's, the suite's, the checkpoint's, the task kind's."""
    own = task.generation.over(model.generation).over(suite.generation)
    return own.over(identity.defaults).over(TASKS.get(task.kind).generation)


def choose_engine(
    model: Model, kind: str, tasks: Mapping[str, Task], suite: Suite, base: Path, options: Options
) -> tuple[type[Engine], Identity]:
    """The engine, and what it tells of the model; raises InputError where it cannot write under the tasks' settings."""
    engine = find_engine(model.engine, kind, base)
    identity = engine.identify(model, base, options)
    if suite.prefer == "speed" and model.engine == AUTO and model.checkpoint is not None:
        for faster in faster_engines(identity.kind):
            found = _exact(faster, model, tasks, suite, base, options)
            if found is not None:
                return faster, found
    faults = Faults()
    for name, settings in _written(model, tasks, suite, identity).items():
        refusal = engine.refuses_generation(settings)
        if refusal is not None:
            faults.add(f"task `{name}`: {refusal.message}", hint=refusal.hint)
    faults.raise_any()
    return engine, identity


def _exact(
    engine: type[Engine], model: Model, tasks: Mapping[str, Task], suite: Suite, base: Path, options: Options
) -> Identity | None:
    """What the engine tells of the model; None where it cannot do all that is asked just as the default engine does."""
    config = find_checkpoint(model, base).config
    asked = [Asked.of(name, task, TASKS.get(task.kind)) for name, task in tasks.items()]
    if unknown_keys(engine, model) or any(engine.refuses(model, config, each) for each in asked):
        return None
    try:
        identity = engine.identify(model, base, options)
    except InputError:  # which the default engine did not raise
        return None
    settings = _written(model, tasks, suite, identity).values()
    exact = all(engine.refuses_generation(each) is None and engine.is_exact(each) for each in settings)
    return identity if exact else None


def _written(model: Model, tasks: Mapping[str, Task], suite: Suite, identity: Identity) -> dict[str, Generation]:
    """Settings of the tasks whose answers are written."""
    asked = {name: Asked.of(name, task, TASKS.get(task.kind)) for name, task in tasks.items()}
    return {
        name: generation_in_force(task, model, suite, identity)
        for name, task in tasks.items()
        if asked[name].by == "generation" and asked[name].form != "nats"
    }
