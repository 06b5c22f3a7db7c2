"""Packing requests into batches: sorted by length, under a budget of tokens that halves when the memory does not do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

BUDGETS = {"cpu": 8_192, "cuda": 131_072}
"""Padded tokens in a batch; of a GPU, where its memory is not known."""
PROBE = 4_096
"""Padded tokens in a GPU's first batch, which tells what a token takes."""
PROBED_SHARE = 0.7
"""Of the memory that is free then, what a batch may take: the probe does not show what fragments will."""
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
    """Runs work batch by batch on a device, in batches of half the size from where memory ran out.

    On a GPU the first batch is a probe: what its tokens take tells how many fit into the memory that is free.
    """

    def __init__(self, device: str | None, notify: Callable[[str], None], gauge: Gauge | None = None) -> None:
        self.budget = BUDGETS.get((device or "cpu").split(":")[0], BUDGETS["cuda"])
        """Padded tokens in a batch."""
        self._notify = notify
        self._gauge = CudaMemory(device) if gauge is None and str(device).startswith("cuda") else gauge
        """What is asked after the first batch, and then no more."""

    def run(
        self, lengths: Sequence[int], answer: Callable[[list[int]], Sequence[T]], copies: int = 1
    ) -> Iterator[list[tuple[int, T]]]:
        """Yield (index, answer) by batches; `answer` takes indices of `lengths`, each of which counts `copies` times."""
        waiting = self._packed(range(len(lengths)), lengths, copies)
        while waiting:
            batch, gauge = waiting.pop(), self._gauge
            tokens = len(batch) * max(lengths[index] for index in batch) * copies
            try:
                if gauge is not None:
                    gauge.begin()
                answers = answer(batch)
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error) or len(batch) == 1:
                    raise
                release_memory()
                half = len(batch) // 2
                waiting += [batch[half:], batch[:half]]
                self.budget, self._gauge = max(1, min(self.budget, tokens) // 2), None
                self._notify(f"out of memory with {len(batch)} rows: going on with {half}")
                continue
            if gauge is not None:
                self.budget, self._gauge = probed_budget(tokens, gauge.taken(), gauge.free()), None
                waiting = self._packed([index for some in waiting for index in some], lengths, copies)
            yield list(zip(batch, answers, strict=True))

    def _packed(self, indices: Sequence[int], lengths: Sequence[int], copies: int) -> list[list[int]]:
        """Batches of these, the last one to be run first."""
        budget = self.budget if self._gauge is None else PROBE
        batches = pack([lengths[index] for index in indices], max(1, budget // copies), MOST_ROWS)
        return [[indices[place] for place in batch] for batch in batches][::-1]


class Gauge(Protocol):
    """Tells of a device's memory, in bytes."""

    def begin(self) -> None:
        """Something is about to run."""

    def taken(self) -> int:
        """What that took at most."""
        ...

    def free(self) -> int:
        """What is free for more."""
        ...


class CudaMemory(Gauge):
    """A GPU's, as PyTorch tells it."""

    def __init__(self, device: str | None) -> None:
        self._device, self._before = device, 0

    def begin(self) -> None:
        import torch

        torch.cuda.reset_peak_memory_stats(self._device)
        self._before = torch.cuda.memory_allocated(self._device)

    def taken(self) -> int:
        import torch

        return torch.cuda.max_memory_allocated(self._device) - self._before

    def free(self) -> int:
        import torch

        unused = torch.cuda.memory_reserved(self._device) - torch.cuda.memory_allocated(self._device)
        return torch.cuda.mem_get_info(self._device)[0] + unused


def probed_budget(tokens: int, taken: int, free: int) -> int:
    """Padded tokens for which there is room, where so many took so many bytes and so many are free."""
    return max(tokens, int(PROBED_SHARE * free / max(1, taken) * tokens))


def is_out_of_memory(error: BaseException) -> bool:
    import torch

    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "not enough memory" in str(error)


def release_memory() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
