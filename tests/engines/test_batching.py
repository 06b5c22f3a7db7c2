"""Batches hold every row once, stay within the budget, and pad little."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mtlbench.engines.batching import pack


@given(st.lists(st.integers(1, 60)), st.integers(1, 200), st.integers(1, 9))
def test_every_row_once_within_the_budget(lengths: list[int], budget: int, most: int) -> None:
    batches = list(pack(lengths, budget, most))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert 1 <= len(batch) <= most
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= budget


def test_longest_first_and_alike_together() -> None:
    assert list(pack([1, 9, 2, 8, 3], 18, 9)) == [[1, 3], [4, 2, 0]]
