"""Requests are read, which takes no device, while those before them are answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from mtlbench.engines import Engine, Output, Request


def read_ahead(engine: Engine, shards: Iterable[Callable[[], Sequence[Request]]]) -> Iterator[list[tuple[int, Output]]]:
    """The engine's batches, shard by shard; the next shard is made and read by another thread."""

    def read(make: Callable[[], Sequence[Request]]) -> Any:
        return engine.read(make())

    waiting: Future[Any] | None = None
    with ThreadPoolExecutor(1, "read") as reader:
        for make in shards:
            ready, waiting = waiting, reader.submit(read, make)
            if ready is not None:
                yield from engine.answer(ready.result())
        if waiting is not None:
            yield from engine.answer(waiting.result())
