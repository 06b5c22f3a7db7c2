"""Counting n-grams: how many a segment has, and how many of them it shares with its reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import chain, count

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


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


def word_ngrams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """The n-grams of a list of words, in order."""
    return list(zip(*(words[start:] for start in range(n)), strict=False))


class Grams:
    """The n-grams of many documents, of growing n: each one's document, start and code, an int for its symbols."""

    def __init__(self, symbols: Ints, lengths: Ints) -> None:
        """Documents laid end to end: `symbols` `[Σ lengths]`, small ints from 0; `lengths` `[documents]`."""
        self._symbols = symbols
        self._left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(symbols))
        self.n, self.start, self.codes = 1, np.arange(len(symbols)), symbols
        self.documents = np.repeat(np.arange(len(lengths)), lengths)

    def lengthen(self, alphabet: int) -> None:
        """From n to n + 1: a code becomes code · alphabet + next symbol."""
        fits = self._left[self.start] > self.n
        self.start, self.documents = self.start[fits], self.documents[fits]
        self.codes = self.codes[fits] * alphabet + self._symbols[self.start + self.n]
        self.n += 1

    def counts(self, codes: int) -> tuple[Ints, Ints]:
        """Distinct keys document · codes + code, sorted, and how often each occurs; codes are below `codes`."""
        keys = np.sort(self.documents * codes + self.codes)
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        return keys[first], np.diff(first, append=len(keys))


def overlaps(outputs: Grams, references: Grams, documents: int, alphabet: int, orders: int) -> Ints:
    """`shared` for each order and each pair of documents at once, `[orders, documents]`."""
    matches = np.zeros((orders, documents), dtype=np.int64)
    codes = alphabet
    for order in range(orders):
        if order:
            if codes * alphabet * documents >= 2**62:
                codes = _renumber(outputs, references)
            outputs.lengthen(alphabet)
            references.lengthen(alphabet)
            codes *= alphabet
        keys, counts = outputs.counts(codes)
        other_keys, other_counts = references.counts(codes)
        if len(keys) and len(other_keys):
            there = np.minimum(np.searchsorted(other_keys, keys), len(other_keys) - 1)
            both = np.where(other_keys[there] == keys, np.minimum(counts, other_counts[there]), 0)
            matches[order] = np.bincount(keys // codes, both, documents)
    return matches


def _renumber(outputs: Grams, references: Grams) -> int:
    """Numbers the codes that occur from 0, so that longer ones fit 64 bits; returns how many there are."""
    found, numbers = np.unique(np.concatenate([outputs.codes, references.codes]), return_inverse=True)
    outputs.codes, references.codes = np.split(numbers, [len(outputs.codes)])
    return len(found)


def compare_symbols(documents: Sequence[Sequence[str]], orders: int) -> Ints:
    """(n-grams of the output, of the reference, shared) for each order, `[pairs, orders, 3]`.

    `documents` are the outputs, then as many references; the symbols of each are characters or words.
    """
    pairs = len(documents) // 2
    flat = list(chain.from_iterable(documents))
    numbers = dict(zip(dict.fromkeys(flat), count(), strict=False))
    symbols = np.fromiter(map(numbers.__getitem__, flat), np.int64, len(flat))
    lengths = np.array([len(document) for document in documents], dtype=np.int64)
    sizes = np.maximum(lengths.reshape(2, pairs, 1) - np.arange(orders), 0)
    outputs, references = np.split(symbols, [int(lengths[:pairs].sum())])
    shared = overlaps(
        Grams(outputs, lengths[:pairs]), Grams(references, lengths[pairs:]), pairs, max(1, len(numbers)), orders
    )
    return np.stack([np.where(sizes[1] > 0, sizes[0], 0), sizes[1], shared.T], axis=-1)
