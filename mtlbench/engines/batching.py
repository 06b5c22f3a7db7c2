"""Packing requests into batches: sorted by length, under a budget of tokens that halves when the memory does not do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

BUDGETS = {"cpu": 8_192, "cuda": 131_072}
"""Padded tokens in a batch."""
MOST_ROWS = 512


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


def pad_rows(rows: Sequence[list[int]], filler: int, *, left: bool = False) -> tuple[Any, Any]:
    """Token ids and attention mask `[rows, longest]`, as tensors; `filler` goes to the right of a row, or to its left."""
    import torch

    longest = max(map(len, rows))
    ids = torch.full((len(rows), longest), filler)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        place = slice(longest - len(row), longest) if left else slice(len(row))
        ids[number, place] = torch.tensor(row, dtype=ids.dtype)
        mask[number, place] = 1
    return ids, mask


class Batcher:
    """Runs work batch by batch on a device, in batches of half the size from where memory ran out."""

    def __init__(self, device: str | None, notify: Callable[[str], None]) -> None:
        self.budget = BUDGETS.get((device or "cpu").split(":")[0], BUDGETS["cuda"])
        """Padded tokens in a batch."""
        self._notify = notify

    def run(
        self, lengths: Sequence[int], answer: Callable[[list[int]], Sequence[T]], copies: int = 1
    ) -> Iterator[list[tuple[int, T]]]:
        """Yield (index, answer) by batches; `answer` takes indices of `lengths`, each of which counts `copies` times."""
        waiting = list(pack(lengths, max(1, self.budget // copies), MOST_ROWS))[::-1]
        while waiting:
            batch = waiting.pop()
            try:
                answers = answer(batch)
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error) or len(batch) == 1:
                    raise
                release_memory()
                half = len(batch) // 2
                waiting += [batch[half:], batch[:half]]
                self.budget = max(1, self.budget // 2)
                self._notify(f"out of memory with {len(batch)} rows: going on with {half}")
                continue
            yield list(zip(batch, answers, strict=True))


def is_out_of_memory(error: BaseException) -> bool:
    import torch

    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "not enough memory" in str(error)


def release_memory() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
