"""Packing requests into batches: sorted by length, under a budget of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def pack(lengths: Sequence[int], budget: int, most_rows: int) -> Iterator[list[int]]:
    """Indices of `lengths` in batches whose padded size, rows × longest, stays within `budget` tokens.

    Longest first, so that a batch too large for the memory is met at once; a row longer than the budget goes alone.
    """
    batch: list[int] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        longest = longest if batch else lengths[index]
        if batch and ((len(batch) + 1) * longest > budget or len(batch) == most_rows):
            yield batch
            batch, longest = [], lengths[index]
        batch.append(index)
    if batch:
        yield batch
