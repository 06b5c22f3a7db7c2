"""Log-likelihoods under a decoder, in nats: of choices after a prompt, and of texts longer than its context."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, NamedTuple

from mtlbench.engines.batching import pad_rows

ATTENTION = frozenset({"full_attention", "sliding_attention", "chunked_attention"})
"""Types of layers that keep keys and values of what they have read."""


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
        """Tokens held at once when all branches are read."""
        return (len(self.shared) + max(map(len, self.own))) * len(self.own)


def score_branches(network: Any, rows: Sequence[Branches], filler: int) -> list[list[float]]:
    """Σ log p of the scored tokens of each branch of each row; what a row's branches share is read once where it can be."""
    if _can_branch(network):
        scores = iter(_score_after_shared(network, rows, filler))
    else:
        whole = [([*row.shared, *own], count) for row in rows for own, count in zip(row.own, row.scored, strict=True)]
        scores = iter(score_ends(network, whole, filler))
    return [[next(scores) for _ in row.own] for row in rows]


def _can_branch(network: Any) -> bool:
    """Whether it can go on from what it has read several times, and be told each token's place.

    Not so networks that keep a state in place of keys and values, and those that put trained vectors before their input
    (PEFT's prompts and prefixes).
    """
    taken = inspect.signature(network.forward).parameters
    return {"past_key_values", "position_ids"} <= set(taken) and ATTENTION.issuperset(
        getattr(network.config, "layer_types", None) or ()
    )


def _score_after_shared(network: Any, rows: Sequence[Branches], filler: int) -> list[float]:
    """The branches' scores, one row's after another's."""
    import torch

    device = network.device
    owner = torch.tensor([number for number, row in enumerate(rows) for _ in row.own], device=device)
    own = [branch for row in rows for branch in row.own]
    scored = [count for row in rows for count in row.scored]
    ids, mask = (tensor.to(device) for tensor in pad_rows([row.shared for row in rows], filler, left=True))
    own_ids, own_mask = (tensor.to(device) for tensor in pad_rows(own, filler))
    places = (mask.cumsum(1) - 1).clamp(min=0)
    own_places = (places[owner, -1:] + own_mask.cumsum(1)) * own_mask
    with torch.inference_mode():
        read = network(input_ids=ids, attention_mask=mask, position_ids=places, use_cache=True, **_last_logits(network))
        read.past_key_values.batch_select_indices(owner)
        seen = torch.cat([mask[owner], own_mask], 1)
        logits = network(
            input_ids=own_ids, attention_mask=seen, position_ids=own_places, past_key_values=read.past_key_values
        ).logits
        logits = torch.cat([read.logits[owner, -1:], logits[:, :-1]], 1)
        ends = [slice(len(branch) - count, len(branch)) for branch, count in zip(own, scored, strict=True)]
        return [_log_likelihood(logits[n, end], own_ids[n, end]) for n, end in enumerate(ends)]


def _last_logits(network: Any) -> dict[str, int]:
    """Asks for the logits after the last token alone, of networks that can be asked."""
    return {"logits_to_keep": 1} if "logits_to_keep" in inspect.signature(network.forward).parameters else {}


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
    with torch.inference_mode():
        logits = network(input_ids=ids, attention_mask=mask).logits[:, -ids.shape[1] :]  # less those of trained vectors
        ends = [(len(tokens) - count, len(tokens)) for tokens, count in rows]
        return [
            _log_likelihood(logits[n, start - 1 : stop - 1], ids[n, start:stop]) for n, (start, stop) in enumerate(ends)
        ]


def _log_likelihood(logits: Any, targets: Any) -> float:
    """Σ log p of `targets` `[n]` under `logits` `[n, vocabulary]`."""
    chosen = logits.float().log_softmax(-1).gather(-1, targets[:, None])
    return float(chosen.double().sum())
