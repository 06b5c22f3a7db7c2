"""Batches through CTranslate2: posted to its workers at once, longest first, and handed on as they are finished."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar

from mtlbench.engines.base import Output

J = TypeVar("J")

TOKENS = 4_096
"""Padded input tokens in a batch, of a beam search all beams'."""
HANDED_ON = 64
"""Outputs that are handed on together."""


def workers(device: str) -> dict[str, Any]:
    """Of a model on this device: on the CPU one for each core, as batches side by side need not wait for each other."""
    place, _, index = device.partition(":")
    queue = {"max_queued_batches": -1}
    if place == "cuda":
        return {"device": place, "device_index": int(index or 0), **queue}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = int(os.environ.get("OMP_NUM_THREADS") or cores)
    return {"device": place, "inter_threads": threads, "intra_threads": 1, **queue}


def numbers(tokens: Iterable[int]) -> list[str]:
    """Tokens as a converted model knows them."""
    return list(map(str, tokens))


def batching(copies: int = 1) -> dict[str, Any]:
    """How inputs are batched of which each counts `copies` times; results are promised, and none is waited for."""
    return {"max_batch_size": max(1, TOKENS // copies), "batch_type": "tokens", "asynchronous": True}


def alike(jobs: Iterable[J], settings: Callable[[J], Mapping[str, Any]]) -> Iterator[tuple[dict[str, Any], list[J]]]:
    """Jobs under the same settings, which CTranslate2 takes for all inputs that are posted together."""
    groups: dict[str, list[J]] = {}
    for job in jobs:
        groups.setdefault(json.dumps(settings(job)), []).append(job)
    for key, mine in groups.items():
        yield json.loads(key), mine


def handed_on(outputs: Iterator[tuple[int, Output]]) -> Iterator[list[tuple[int, Output]]]:
    """Outputs by batches as they come in; the seconds of each are those since the batch before ÷ its rows."""
    while True:
        started = time.perf_counter()
        batch = list(islice(outputs, HANDED_ON))
        if not batch:
            return
        seconds = (time.perf_counter() - started) / len(batch)
        yield [(number, replace(output, seconds=seconds)) for number, output in batch]
