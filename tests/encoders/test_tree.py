"""Maximum spanning trees: against all trees of short sentences, and as trees for any scores."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mtlbench.encoders.tree import best_tree


def is_tree(heads: tuple[int, ...] | list[int]) -> bool:
    """One word on the root, and from every word a way to it."""
    if list(heads).count(0) != 1:
        return False
    for word in range(1, len(heads) + 1):
        seen = set()
        while word:
            if word in seen:
                return False
            seen.add(word)
            word = heads[word - 1]
    return True


def total(arcs: np.ndarray, heads: tuple[int, ...] | list[int]) -> float:
    return float(sum(arcs[word, head] for word, head in enumerate(heads)))


def scores(most: int) -> st.SearchStrategy[np.ndarray]:
    numbers = st.integers(-20, 20).map(float)
    return st.integers(1, most).flatmap(lambda size: arrays(float, (size, size + 1), elements=numbers))


@given(scores(4))
def test_no_tree_scores_higher(arcs: np.ndarray) -> None:
    size = len(arcs)
    trees = [heads for heads in product(range(size + 1), repeat=size) if is_tree(heads)]
    found = best_tree(arcs)
    assert is_tree(found)
    assert total(arcs, found) == max(total(arcs, heads) for heads in trees)


@given(scores(25))
def test_always_a_tree(arcs: np.ndarray) -> None:
    assert is_tree(best_tree(arcs))


@pytest.mark.parametrize(
    ("arcs", "heads"),
    [
        ([[1.0, 0.0]], [0]),
        ([[5.0, 0.0, 1.0], [4.0, 3.0, 0.0]], [0, 1]),  # each would rather hang on the root, which takes one
        (
            [[0.0, 0.0, 9.0, 0.0], [0.0, 9.0, 0.0, 1.0], [5.0, 0.0, 0.0, 0.0]],
            [2, 3, 0],
        ),  # a cycle is broken where it costs least
    ],
)
def test_by_hand(arcs: list[list[float]], heads: list[int]) -> None:
    assert best_tree(np.array(arcs)) == heads
