"""Requests are read, which takes no device, while those before them are answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from mtlbench.engines import Engine, Output, Request
from mtlbench.engines.clock import CLOCK


def read_ahead(engine: Engine, shards: Iterable[Callable[[], Sequence[Request]]]) -> Iterator[list[tuple[int, Output]]]:
    """The engine's batches, shard by shard; the next shard is made and read by another thread."""

    def read(make: Callable[[], Sequence[Request]]) -> Any:
        with CLOCK.timed("tokenise"):
            return engine.read(make())

    def answer(ready: Future[Any]) -> Iterator[list[tuple[int, Output]]]:
        with CLOCK.timed("wait"):
            found = ready.result()
        batches = iter(engine.answer(found))
        while True:
            with CLOCK.timed("answer"):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch

    waiting: Future[Any] | None = None
    with ThreadPoolExecutor(1, "read") as reader:
        for make in shards:
            ready, waiting = waiting, reader.submit(read, make)
            if ready is not None:
                yield from answer(ready)
        if waiting is not None:
            yield from answer(waiting)
