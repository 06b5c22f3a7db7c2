"""Batches hold every row once, stay within the budget, and pad little."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from torch import OutOfMemoryError

from mtlbench.engines.batching import PROBE, PROBED_SHARE, Batcher, Gauge, pack


@given(st.lists(st.integers(1, 60)), st.integers(1, 200), st.integers(1, 9))
def test_every_row_once_within_the_budget(lengths: list[int], budget: int, most: int) -> None:
    batches = list(pack(lengths, budget, most))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert 1 <= len(batch) <= most
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= budget


def test_longest_first_and_alike_together() -> None:
    assert list(pack([1, 9, 2, 8, 3], 18, 9)) == [[1, 3], [4, 2, 0]]


class Made(Gauge):
    """A device of which a token takes 100 bytes, and where so many are free."""

    def __init__(self, free: int) -> None:
        self._free, self.tokens = free, 0

    def begin(self) -> None:
        self.tokens = 0

    def taken(self) -> int:
        return 100 * self.tokens

    def free(self) -> int:
        return self._free


@given(st.lists(st.integers(1, 900), min_size=1, max_size=300), st.integers(0, 10_000_000), st.integers(1, 4))
def test_the_first_batch_tells_how_large_the_others_may_be(lengths: list[int], free: int, copies: int) -> None:
    gauge, sizes = Made(free), list[int]()

    def answer(batch: list[int]) -> list[int]:
        sizes.append(len(batch) * max(lengths[index] for index in batch) * copies)
        gauge.tokens = max(gauge.tokens, sizes[-1])
        return batch

    batcher = Batcher("cpu", print, gauge)
    answered = [pair for batch in batcher.run(lengths, answer, copies) for pair in batch]
    assert sorted(answered) == [(index, index) for index in range(len(lengths))]
    longest = copies * max(lengths)
    assert sizes[0] <= max(PROBE, longest)
    assert batcher.budget == max(sizes[0], int(PROBED_SHARE * free / 100))
    assert all(size <= max(batcher.budget, longest) for size in sizes[1:])
    gauge.tokens = 10**9
    list(batcher.run([1], lambda batch: batch))
    assert batcher.budget < 10**9, "it is asked once"


def test_where_memory_runs_out_half_goes_on() -> None:
    tried, notices = list[int](), list[str]()

    def answer(batch: list[int]) -> list[int]:
        tried.append(len(batch))
        if len(batch) > 3:
            raise OutOfMemoryError
        return batch

    batcher = Batcher("cpu", notices.append, Made(1_000_000))
    assert sorted(index for batch in batcher.run([5] * 8, answer) for index, _ in batch) == list(range(8))
    assert tried == [8, 4, 2, 2, 4, 2, 2]
    assert notices[:2] == ["out of memory with 8 rows: going on with 4", "out of memory with 4 rows: going on with 2"]
    assert batcher.budget <= 10
