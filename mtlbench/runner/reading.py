"""Requests are read, which takes no device, while those before them are answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from mtlbench.engines import Engine, Output, Request
from mtlbench.engines.clock import CLOCK

Batches = Iterator[list[tuple[int, Output]]]


def read_ahead(engine: Engine, shards: Iterator[Sequence[Request]]) -> Iterator[Batches]:
    """Each shard's batches, to be taken in order; another thread takes the next shard from `shards` and reads it."""

    def read() -> Any:
        requests = next(shards, None)
        if requests is None:
            return None
        with CLOCK.timed("tokenise"):
            return (engine.read(requests),)

    reader = ThreadPoolExecutor(1, "read")
    try:
        waiting = reader.submit(read)
        while (ready := _result(waiting)) is not None:
            waiting = reader.submit(read)
            yield _timed(engine.answer(*ready))
    finally:
        reader.shutdown(wait=False)  # where answering fails, the next shard may be long in coming


def _result(waiting: Future[Any]) -> Any:
    with CLOCK.timed("wait"):
        return waiting.result()


def _timed(batches: Batches) -> Batches:
    while True:
        with CLOCK.timed("answer"):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch
