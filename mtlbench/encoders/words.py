"""Sub-words and words: a word is represented by its first token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def first_tokens(encoding: Any) -> Tensor:
    """Position of each word's first token, `[B, W]`, −1 where there is none (padding, or words cut off).

    `encoding` is what a fast tokenizer makes of lists of words: `tokenizer(rows, is_split_into_words=True)`.
    """
    rows = [first_positions(encoding.word_ids(row)) for row in range(len(encoding["input_ids"]))]
    found = torch.full((len(rows), max((max(row, default=-1) for row in rows), default=-1) + 1), -1)
    for number, row in enumerate(rows):
        for word, position in row.items():
            found[number, word] = position
    return found


def first_positions(words: Sequence[int | None]) -> dict[int, int]:
    """Word → position of its first token, by the word that each token of a row is of."""
    first: dict[int, int] = {}
    for position, word in enumerate(words):
        if word is not None:
            first.setdefault(word, position)
    return first
