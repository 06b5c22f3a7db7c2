"""Random streams that depend on the run's seed, the data and the block, and on nothing else.

Each block of draws has a generator of its own, so that any number of workers draw the same numbers, a longer run begins
with the numbers of a shorter one, and tasks over the same data (the same fingerprint) share their draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import numpy as np

BLOCK = 2**17
"""Numbers drawn at a time: a block and what is computed from it stay in a processor's second-level cache."""

BOOTSTRAP, SIGNS, CELLS, TASKS, RUNS, WEIGHTS, GROUPED, LABELS = 1, 2, 3, 4, 5, 6, 7, 8
"""Schemes: what the draws are for."""


def hash64(text: str) -> int:
    """A 64-bit number that stands for a text, the same on every machine."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def generator(seed: int, fingerprint: str, scheme: int, block: int) -> np.random.Generator:
    """The generator of one block."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(hash64(fingerprint), scheme, block)))


def blocks(rows: int, width: int) -> Iterator[tuple[int, slice]]:
    """(block number, the rows it covers) for a matrix `[rows, width]` that is made BLOCK numbers at a time."""
    step = max(1, BLOCK // max(width, 1))
    for number, start in enumerate(range(0, rows, step)):
        yield number, slice(start, min(start + step, rows))
