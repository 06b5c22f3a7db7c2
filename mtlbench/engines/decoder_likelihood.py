"""Log-likelihoods under a decoder, in nats: of choices after a prompt, and of texts longer than its context."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, NamedTuple

from mtlbench.engines.batching import pad_rows
from mtlbench.engines.logits import log_likelihoods_of, logits_at
from mtlbench.engines.packed_choices import score_packed
from mtlbench.engines.prefix import Prefix, can_share


@dataclass(frozen=True, slots=True)
class Branches:
    """Sequences of tokens that begin alike: `shared`, then `own` of each, of which the last `scored` count."""

    shared: list[int]
    own: list[list[int]]
    scored: list[int]

    @classmethod
    def of(cls, prompt: list[int], wholes: Sequence[list[int]]) -> Branches:
        """Of a prompt, and of it with each choice as tokenised together; what comes after the prompt's length is scored.

        Where the tokens of prompt and choice merge, the shared part ends before the first that differs.
        """
        alike = takewhile(lambda column: len(set(column)) == 1, zip(prompt, *wholes, strict=False))
        shared = sum(1 for _ in alike)
        scored = [len(whole) - len(prompt) for whole in wholes]
        return cls(prompt[:shared], [whole[shared:] for whole in wholes], scored)

    @property
    def prompt(self) -> int:
        """Tokens before the scored ones."""
        return len(self.shared) + len(self.own[0]) - self.scored[0]

    @property
    def size(self) -> int:
        """Tokens that are read: the last of a branch is not."""
        return len(self.shared) + sum(len(own) - 1 for own in self.own)


def score_branches(
    network: Any, rows: Sequence[Branches], filler: int, prefix: Prefix | None = None
) -> list[list[float]]:
    """Σ log p of the scored tokens of each branch of each row; what a row's branches share is read once where it can be,
    and the prefix with which all rows begin, if there is one, not at all.
    """
    if can_share(network):
        return score_packed(network, rows, filler, prefix)
    whole = [([*row.shared, *own], count) for row in rows for own, count in zip(row.own, row.scored, strict=True)]
    scores = iter(score_ends(network, whole, filler))
    return [[next(scores) for _ in row.own] for row in rows]


class Window(NamedTuple):
    """Tokens from `start` up to `stop` are read together, and the last `scored` of them scored."""

    start: int
    stop: int
    scored: int


def windows(length: int, context: int) -> Iterator[Window]:
    """Windows of `context` tokens, half of it apart, in which each of `length` tokens but the first is scored once.

    A token is scored in the first window that holds it, which is the one with the most before it: the sliding window of
    transformers' “Perplexity of fixed-length models”.
    """
    done = min(1, length)
    for start in range(0, length, max(1, context // 2)):
        stop = min(start + context, length)
        yield Window(start, stop, stop - done)
        if stop == length:
            return
        done = stop


def score_ends(network: Any, rows: Sequence[tuple[list[int], int]], filler: int) -> list[float]:
    """Σ log p of the last tokens of each row, given as (tokens, how many)."""
    import torch

    ids, mask = (tensor.to(network.device) for tensor in pad_rows([tokens for tokens, _ in rows], filler))
    scored = [(n, place) for n, (tokens, count) in enumerate(rows) for place in range(len(tokens) - count, len(tokens))]
    owners, places = torch.tensor(scored, dtype=torch.long, device=network.device).view(-1, 2).T
    before = places - 1 - ids.shape[1]  # from the end: trained vectors may stand before the row
    sums = torch.zeros(len(rows), dtype=torch.float64, device=network.device)
    with torch.inference_mode():
        logits, _ = logits_at(network, "encode", owners, before, input_ids=ids, attention_mask=mask)
        found: list[float] = sums.index_add(
            0, owners, log_likelihoods_of(logits, ids[owners, places]).double()
        ).tolist()
    return found
