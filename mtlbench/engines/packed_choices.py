"""Log-likelihoods of choices under a decoder in one pass: a row is a prompt and all its choices, blind to each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from mtlbench.engines.batching import pad_rows
from mtlbench.engines.logits import logits_at

if TYPE_CHECKING:
    from torch import Tensor

    from mtlbench.engines.decoder_likelihood import Branches
    from mtlbench.engines.prefix import Prefix

PROMPT, PADDING = 0, -1
"""In place of a branch's number, which count from 1."""


class _Packed(NamedTuple):
    """A row: its tokens with their places in the text and the branches they belong to, and what is scored.

    The last token of a branch is scored and never read. `scored` are (branch, index of the token before, token); branches
    that are the same have one number, and `numbers` are those of all.
    """

    tokens: list[int]
    places: list[int]
    branches: list[int]
    scored: list[tuple[int, int, int]]
    numbers: list[int]

    @classmethod
    def of(cls, row: Branches, done: int) -> _Packed:
        """Less the first `done` tokens, which were read before."""
        size = len(row.shared)
        alike = [(tuple(own), count) for own, count in zip(row.own, row.scored, strict=True)]
        distinct = {branch: number for number, branch in enumerate(dict.fromkeys(alike), 1)}
        numbers = [distinct[branch] for branch in alike]
        made = cls(row.shared[done:], list(range(done, size)), [PROMPT] * (size - done), [], numbers)
        for (own, count), number in distinct.items():
            begin = len(made.tokens)
            before = [size - done - 1, *range(begin, begin + len(own) - 1)]
            made.scored.extend((number, *pair) for pair in list(zip(before, own, strict=True))[-count:])
            made.tokens.extend(own[:-1])
            made.places.extend(range(size, size + len(own) - 1))
            made.branches.extend([number] * (len(own) - 1))
        return made

    def sums(self, found: Iterable[float]) -> list[float]:
        """Of each branch, by log p of what is scored."""
        totals = dict.fromkeys(self.numbers, 0.0)
        for (number, _, _), score in zip(self.scored, found, strict=True):
            totals[number] += score
        return [totals[number] for number in self.numbers]


def score_packed(network: Any, rows: Sequence[Branches], filler: int, prefix: Prefix | None) -> list[list[float]]:
    """Σ log p of the scored tokens of each branch of each row; all rows begin with the prefix, if there is one."""
    import torch

    device, done = network.device, len(prefix.tokens) if prefix else 0
    packed = [_Packed.of(row, done) for row in rows]
    ids, _ = pad_rows([row.tokens for row in packed], filler)
    places, _ = pad_rows([row.places for row in packed], 0)
    branches, _ = pad_rows([row.branches for row in packed], PADDING)
    scored = [(n, before, token) for n, row in enumerate(packed) for _, before, token in row.scored]
    slots = {where: slot for slot, where in enumerate(dict.fromkeys((n, before) for n, before, _ in scored))}
    at, tokens = torch.tensor([(slots[n, before], token) for n, before, token in scored], device=device).T
    past = {"past_key_values": prefix.of(len(rows)), "use_cache": True} if prefix else {"use_cache": False}
    with torch.inference_mode():
        logits, _ = logits_at(
            network, "encode", *torch.tensor(list(slots), device=device).T,
            input_ids=ids.to(device), position_ids=places.to(device),
            attention_mask=_masks(network, places.to(device), branches.to(device), done), **past,
        )  # fmt: skip
        logits = logits.float()
        found = iter((logits[at, tokens] - logits.logsumexp(-1)[at]).double().tolist())
    return [row.sums(islice(found, len(row.scored))) for row in packed]


def _masks(network: Any, places: Tensor, branches: Tensor, done: int) -> Any:
    """What each token sees, as the network adds it to its attention `[rows, 1, tokens, done + tokens]`: of the prompt and
    its own branch all before it, in layers that slide no farther back than they do. By type of layer, where there are two.
    """
    import torch

    config = network.config
    kinds = sorted(set(getattr(config, "layer_types", None) or ()))
    window = getattr(config, "sliding_window", None)
    length = places.shape[1]
    order = torch.arange(length, device=places.device)
    sees = (order[:, None] >= order) & ((branches[:, None] == PROMPT) | (branches[:, None] == branches[..., None]))
    sees = torch.cat([sees.new_ones(len(places), length, done), sees], -1)
    from_start = torch.arange(done, device=places.device).expand(len(places), -1)
    back = places[..., None] - torch.cat([from_start, places], 1)[:, None]

    def added(slides: bool) -> Tensor:
        seen = sees & (back < window) if slides and window else sees
        blank = torch.zeros(seen.shape, dtype=network.dtype, device=seen.device)
        return blank.masked_fill_(~seen, torch.finfo(network.dtype).min).unsqueeze(1)

    if len(kinds) > 1:
        return {kind: added(kind == "sliding_attention") for kind in kinds}
    return added(kinds != ["full_attention"])
