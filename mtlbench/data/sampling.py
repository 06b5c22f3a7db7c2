"""A sample of rows that anyone can draw again: it depends on the data, the seed and the limit alone."""

from __future__ import annotations

import hashlib
import heapq
import random
from dataclasses import replace

from mtlbench.data.dataset import Dataset


def sample(dataset: Dataset, limit: int, seed: int) -> Dataset:
    """`limit` rows drawn without replacement, in their own order; the dataset itself where it has no more than that.

    Every row gets a random number, and the rows with the smallest numbers are taken. So a smaller sample lies within a
    larger one of the same seed, and predictions cached for it still serve. Only `Random.random` is used, whose sequence
    Python keeps from version to version.
    """
    if limit < 1:
        raise ValueError(f"a sample has at least one row, not {limit}")
    if limit >= len(dataset):
        return dataset
    key = hashlib.sha256(f"sample:{dataset.fingerprint}:{seed}".encode()).digest()
    draw = random.Random(int.from_bytes(key, "big")).random
    numbers = [draw() for _ in range(len(dataset))]
    chosen = sorted(heapq.nsmallest(limit, range(len(dataset)), key=numbers.__getitem__))
    fingerprint = hashlib.sha256(f"sample:{dataset.fingerprint}:{seed}:{limit}".encode()).hexdigest()
    return replace(dataset.take(chosen), fingerprint=fingerprint)
