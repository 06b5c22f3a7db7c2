"""A model's turn on one device: it is loaded, answers, and is measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from mtlbench.engines import Options, Request
from mtlbench.engines.bases import BASES
from mtlbench.engines.clock import CLOCK
from mtlbench.runner.events import Notice
from mtlbench.runner.executors.base import Answered, Done, Ended, Said, Turn
from mtlbench.runner.importing import import_libraries
from mtlbench.runner.meter import Meter
from mtlbench.runner.plan import PlannedModel
from mtlbench.suite.faults import InputError


def work(turn: Turn) -> Iterator[Said]:
    """What is told of the turn; whatever goes wrong ends it, and it alone."""
    shards = (turn.shard(place) for place in range(turn.shards))
    for said in answer(turn.model, turn.options, turn.measure, shards, bool(turn.shards), turn.examples):
        if not isinstance(said, Done):
            yield said


def answer(
    model: PlannedModel,
    options: Options,
    measure: Collection[str],
    shards: Iterator[Sequence[Request]],
    computes: bool,
    examples: Callable[[], Mapping[str, Sequence[Request]]],
) -> Iterator[Said | Done]:
    """What is told of some of a model's shards, which another thread takes; `computes` tells that there are any.

    `examples` is called when all are answered.
    """
    notices = list[str]()
    BASES.release(unless=model.identity.base)  # so that it does not count as this model's memory
    meter, error = Meter(model, measure, profile=options.profile), None
    try:
        if model.identity.device is not None:
            import_libraries()
        with CLOCK.timed("load"):
            engine = model.engine.load(model.identity, model.model, options, notices.append)
        for batches in meter.run(engine, shards, computes):
            began = time.perf_counter()
            for batch in batches:
                yield Answered(model.name, batch)
                yield from _told(model.name, notices)
            yield Done(model.name, time.perf_counter() - began, meter.loading)
        meter.count(engine, examples)
    except InputError as fault:
        error = str(fault)
    except Exception as fault:  # one model's failure must not cost the others' results
        error = f"{type(fault).__name__}: {fault}"
    yield from _told(model.name, notices)
    yield Ended(model.name, meter.read(), error)


def _told(model: str, notices: list[str]) -> Iterator[Notice]:
    while notices:
        yield Notice(f"{model}: {notices.pop(0)}")
