"""Counting n-grams: how many a segment has, and how many of them it shares with its reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import chain, count
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Word = TypeVar("Word", str, int)


def shared(grams: Sequence[Hashable], others: Iterable[Hashable]) -> int:
    """Σ min(count in `grams`, count in `others`) over distinct n-grams."""
    distinct = set(grams)
    if len(distinct) == len(grams):
        return len(distinct.intersection(others))
    counts, limits = Counter(grams), Counter(others)
    return sum(min(count, limits[gram]) for gram, count in counts.items() if gram in limits)


def most(several: Iterable[Iterable[Hashable]]) -> Counter[Hashable]:
    """Each n-gram's largest count in any of several references."""
    highest: Counter[Hashable] = Counter()
    for grams in several:
        highest |= Counter(grams)
    return highest


def word_ngrams(words: Sequence[Word], n: int) -> list[tuple[Word, ...]]:
    """The n-grams of a list of words or their numbers, in order."""
    return list(zip(*(words[start:] for start in range(n)), strict=False))


def overlaps(symbols: Ints, lengths: Ints, alphabet: int, orders: int) -> Ints:
    """`shared` of each pair of documents for each order, `[pairs, orders]`.

    `symbols` `[Σ lengths]`, ints from 0 to `alphabet` − 1, are the outputs and then as many references, laid end to end.
    """
    pairs = len(lengths) // 2
    matches = np.zeros((pairs, orders), dtype=np.int64)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(symbols))
    pair = np.repeat(np.tile(np.arange(pairs), 2), lengths)
    reference = np.repeat(np.repeat([0, 1], pairs), lengths)
    codes, size = symbols, alphabet
    for order in range(orders):
        if order:
            if size * alphabet * pairs >= 2**61:
                # The codes that occur are numbered from 0, so that longer ones fit 64 bits.
                found, codes = np.unique(codes, return_inverse=True)
                size = len(found)
            codes = codes[:-1] * alphabet + symbols[order:]
            size *= alphabet
        inside = np.flatnonzero(left[: len(codes)] > order)
        keys = np.sort(((pair[inside] * size + codes[inside]) << 1) + reference[inside])
        first = np.flatnonzero(np.diff(keys >> 1, prepend=-1) != 0)
        of_reference = np.add.reduceat(keys & 1, first)
        of_output = np.diff(first, append=len(keys)) - of_reference
        both = np.flatnonzero((of_reference > 0) & (of_output > 0))
        fewest = np.minimum(of_output[both], of_reference[both])
        matches[:, order] = np.bincount(keys[first[both]] // (2 * size), fewest, pairs)
    return matches


def compare_symbols(documents: Sequence[Sequence[str]], orders: int) -> Ints:
    """(n-grams of the output, of the reference, shared) for each order, `[pairs, orders, 3]`.

    `documents` are the outputs, then as many references; the symbols of each are characters or words.
    """
    flat = list(chain.from_iterable(documents))
    numbers = dict(zip(dict.fromkeys(flat), count(), strict=False))
    symbols = np.fromiter(map(numbers.__getitem__, flat), np.int64, len(flat))
    lengths = np.array([len(document) for document in documents], dtype=np.int64)
    sizes = np.maximum(lengths.reshape(2, -1, 1) - np.arange(orders), 0)
    matches = overlaps(symbols, lengths, max(1, len(numbers)), orders)
    return np.stack([np.where(sizes[1] > 0, sizes[0], 0), sizes[1], matches], axis=-1)
