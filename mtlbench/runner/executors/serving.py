"""The worker's side, whatever carries orders to it and what it says back: it holds one model at a time and answers."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mtlbench.engines import Identity, Options, Request, find_engine
from mtlbench.runner.costs import Costs
from mtlbench.runner.environment import cores
from mtlbench.runner.executors.base import Answered, Done, Ended, Said, Turn
from mtlbench.runner.executors.dispatch import Ready
from mtlbench.runner.plan import PlannedModel
from mtlbench.runner.work import answer
from mtlbench.suite.declarations import Model
from mtlbench.suite.faults import InputError

SENT_ROWS = 256
SENT_SECONDS = 1.0
"""Outputs are sent when there are so many, or the first has waited so long."""


@dataclass(frozen=True, slots=True)
class Loading:
    """A model to load, in what can be pickled: the class of a user's file cannot, and is found again where it is needed."""

    name: str
    model: Model
    engine: tuple[str, str]
    """Name and kind."""
    identity: Identity
    tasks: tuple[str, ...]
    folder: Path
    options: Options
    measure: frozenset[str]
    computes: bool

    @classmethod
    def of(cls, turn: Turn) -> Loading:
        """With paths that hold whatever the folder a worker runs in."""
        planned, identity = turn.model, turn.model.identity
        adapter = identity.adapter and identity.adapter.absolute()
        return cls(
            planned.name,
            planned.model,
            (planned.engine.names[0], planned.engine.kinds[0]),
            replace(identity, folder=identity.folder.absolute(), adapter=adapter),
            planned.tasks,
            turn.folder.absolute(),
            turn.options,
            turn.measure,
            turn.shards > 0,
        )

    def planned(self) -> PlannedModel:
        """Raises InputError where this machine lacks the model's files, and ValueError."""
        for folder in (self.identity.folder, self.identity.adapter):
            if folder is not None and not folder.exists():
                message = f"{socket.gethostname()} has no {folder}"
                raise InputError(f"{message}: workers read models by path, so every machine must see the same folders")
        engine = find_engine(*self.engine, self.folder)
        return PlannedModel(self.name, self.model, engine, self.identity, self.tasks)


@dataclass(frozen=True, slots=True)
class Shard:
    """Requests to answer together."""

    requests: Sequence[Request]


@dataclass(frozen=True, slots=True)
class Closing:
    """The model's last shard was sent; of `examples` operations are counted."""

    examples: Mapping[str, Sequence[Request]]


Sent = Loading | Shard | Closing
Heard = Said | Done | Ready


def serve(receive: Callable[[], Sent], threads: int | None) -> Iterator[Heard]:
    """What a worker says, until a model fails: that may leave the device unusable, so another worker takes its place.

    `threads` is how many it has of the processor, to compute on; None leaves all to others and computes on CUDA.
    """
    yield Ready(_prepared(threads))
    while True:
        loading = receive()
        assert isinstance(loading, Loading)
        for said in _gathered(_turn(loading, receive)):
            yield said
            if isinstance(said, Ended) and said.error is not None:
                return


def _turn(loading: Loading, receive: Callable[[], Sent]) -> Iterator[Said | Done]:
    closing: list[Mapping[str, Sequence[Request]]] = []

    def shards() -> Iterator[Sequence[Request]]:
        while isinstance(sent := receive(), Shard):
            yield sent.requests
        assert isinstance(sent, Closing)
        closing.append(sent.examples)

    try:
        model = loading.planned()
    except Exception as error:
        yield Ended(loading.name, Costs.none(loading.measure, "the model could not be loaded"), str(error))
        return
    yield from answer(model, loading.options, loading.measure, shards(), loading.computes, lambda: closing[0])


def _gathered(said: Iterable[Said | Done]) -> Iterator[Said | Done]:
    """With outputs that come one by one told several at a time."""
    held: list[Answered] = []
    since = 0.0
    for each in said:
        if isinstance(each, Answered):
            since = since if held else time.monotonic()
            held.append(each)
            full = sum(len(answered.outputs) for answered in held) >= SENT_ROWS
            if not full and time.monotonic() - since < SENT_SECONDS:
                continue
        if held:
            yield Answered(held[0].model, [pair for answered in held for pair in answered.outputs])
            held = []
        if not isinstance(each, Answered):
            yield each


def _prepared(threads: int | None) -> int | None:
    """Bytes of memory that the worker may take: free on the GPU, or as large a part of the machine's as of its cores."""
    if threads is None:
        import torch

        return int(torch.cuda.mem_get_info()[0])
    used = min(threads, int(os.environ.get("OMP_NUM_THREADS") or threads))
    os.environ["OMP_NUM_THREADS"] = str(used)  # for libraries that are still to be loaded

    import torch

    torch.set_num_threads(used)
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return memory * threads // max(threads, cores())
