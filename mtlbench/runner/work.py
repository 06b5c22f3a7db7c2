"""A model's turn on one device: it is loaded, answers, and is measured."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mtlbench.engines.bases import BASES
from mtlbench.engines.clock import CLOCK
from mtlbench.runner.events import Notice
from mtlbench.runner.executors.base import Answered, Ended, Said, Turn
from mtlbench.runner.importing import import_libraries
from mtlbench.runner.meter import Meter
from mtlbench.suite.faults import InputError


def work(turn: Turn) -> Iterator[Said]:
    """What is told of the turn; whatever goes wrong ends it, and it alone."""
    model, notices = turn.model, list[str]()
    BASES.release(unless=model.identity.base)  # so that it does not count as this model's memory
    meter, error = Meter(model, turn.measure, profile=turn.options.profile), None
    try:
        if model.identity.device is not None:
            import_libraries()
        with CLOCK.timed("load"):
            engine = model.engine.load(model.identity, model.model, turn.options, notices.append)
        for batch in meter.run(engine, [partial(turn.shard, place) for place in range(turn.shards)]):
            yield Answered(model.name, batch)
            yield from _told(model.name, notices)
        meter.count(engine, turn.examples)
    except InputError as fault:
        error = str(fault)
    except Exception as fault:  # one model's failure must not cost the others' results
        error = f"{type(fault).__name__}: {fault}"
    yield from _told(model.name, notices)
    yield Ended(model.name, meter.read(), error)


def _told(model: str, notices: list[str]) -> Iterator[Notice]:
    while notices:
        yield Notice(f"{model}: {notices.pop(0)}")
