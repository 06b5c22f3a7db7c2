"""Requests are read, which takes no device, while those before them are answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mtlbench.engines import Engine, Output, Request

Batches = Iterator[list[tuple[int, Output]]]


def read_ahead(engine: Engine, shards: Iterator[Sequence[Request]]) -> Iterator[Batches]:
    """Each shard's batches, to be taken in order; another thread takes the next shard from `shards` and reads it."""

    def read() -> Any:
        requests = next(shards, None)
        return None if requests is None else (engine.read(requests),)

    reader = ThreadPoolExecutor(1, "read")
    try:
        waiting = reader.submit(read)
        while (ready := waiting.result()) is not None:
            waiting = reader.submit(read)
            yield engine.answer(*ready)
    finally:
        reader.shutdown(wait=False)  # where answering fails, the next shard may be long in coming
