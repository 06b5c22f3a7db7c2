"""How likely an encoder-decoder finds given outputs.

Each input is encoded once, and its keys and values of cross-attention are made once, however many outputs are asked of it;
what the outputs begin with, and the logits of their first tokens, are shared too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from mtlbench.engines.batching import pad_rows
from mtlbench.engines.caches import taken
from mtlbench.engines.logits import log_likelihoods_of, logits_at

if TYPE_CHECKING:
    from torch import Tensor

MOST_LOGITS = 2**27
"""Numbers in the logits of one pass of the decoder: half a gigabyte of fp32, whatever the vocabulary."""
FEWEST_PAIRS = 32
"""Outputs that are decoded together where the inputs are fewer."""


class _Pair(NamedTuple):
    """An output to be scored after the input of a row."""

    row: int
    target: tuple[int, ...]


class _Begun(NamedTuple):
    """Inputs that were encoded, and the decoder after its first tokens."""

    states: Tensor
    mask: Tensor
    cache: Any

    def of(self, rows: slice | Tensor) -> dict[str, Any]:
        """What the network goes on from, of some inputs; of a slice nothing is copied."""
        from transformers import EncoderDecoderCache

        parts = (self.cache.self_attention_cache, self.cache.cross_attention_cache)
        own, cross = (taken(part, lambda keys: keys[rows]) for part in parts)
        return {
            "encoder_outputs": (self.states[rows],),
            "attention_mask": self.mask[rows],
            "past_key_values": EncoderDecoderCache(own, cross),
        }


def log_likelihoods(
    network: Any, inputs: Mapping[str, Tensor], start: list[int], targets: Sequence[Sequence[list[int]]], budget: int
) -> list[list[float]]:
    """Σ log p(token | input, `start`, tokens before it) of each target of each input, in their order; in nats.

    `inputs` hold `input_ids` and `attention_mask` `[n, length]`; `targets` are n lists of token lists, of any number and
    length. `budget` bounds the input tokens of what is decoded together where it must be copied.
    """
    import torch

    order = sorted(range(len(targets)), key=lambda row: -sum(len(target) > 1 for target in targets[row]))
    inputs = {name: value[order] for name, value in inputs.items()}
    places = {row: place for place, row in enumerate(order)}
    asked = [[_Pair(places[row], tuple(target)) for target in several] for row, several in enumerate(targets)]
    pairs = list(dict.fromkeys(chain.from_iterable(asked)))
    most_tokens = max(1, MOST_LOGITS // network.config.vocab_size)
    with torch.inference_mode():
        begun, firsts = _begin(network, inputs, start, pairs)
        scores = dict(zip(pairs, firsts, strict=True))
        for batch in _passes(pairs, most_tokens, budget // inputs["input_ids"].shape[1]):
            for pair, score in zip(batch, _go_on(network, begun, batch), strict=True):
                scores[pair] += score
    return [[scores[pair] for pair in several] for several in asked]


def _passes(pairs: Sequence[_Pair], most_tokens: int, most_copied: int) -> Iterator[list[_Pair]]:
    """Pairs whose target goes on after its first token: the longest of each row, then the second of each, and so on.

    Rows with more of them come first, so that those of one rank are a slice of the rows. Of few rows, several ranks go
    together, up to `most_copied` pairs.
    """
    rows: dict[int, list[_Pair]] = {}
    for pair in sorted(pairs, key=lambda pair: (pair.row, -len(pair.target))):
        if len(pair.target) > 1:
            rows.setdefault(pair.row, []).append(pair)
    ranks = [[pair for pair in of_rank if pair] for of_rank in zip_longest(*rows.values())]
    together = max(1, min(FEWEST_PAIRS, most_copied) // max(1, len(rows)))
    for rank in range(0, len(ranks), together):
        batch = list(chain.from_iterable(ranks[rank : rank + together]))
        size = max(1, most_tokens // max(len(pair.target) - 1 for pair in batch))
        yield from (batch[begin : begin + size] for begin in range(0, len(batch), size))


def _begin(
    network: Any, inputs: Mapping[str, Tensor], start: list[int], pairs: Sequence[_Pair]
) -> tuple[_Begun, list[float]]:
    """Inputs encoded and `start` read, and log p of each pair's first token."""
    import torch

    mask = inputs["attention_mask"]
    rows = torch.arange(len(mask), device=mask.device)
    given = torch.tensor(start, device=mask.device).expand(len(mask), -1)
    last = torch.full_like(rows, len(start) - 1)
    logits, read = logits_at(network, "encode", rows, last, **inputs, decoder_input_ids=given, use_cache=True)
    owners, firsts = torch.tensor([(pair.row, pair.target[0]) for pair in pairs], device=mask.device).T
    logits = logits.float()
    found: list[float] = (logits[owners, firsts] - logits.logsumexp(-1)[owners]).tolist()
    return _Begun(read.encoder_last_hidden_state, mask, read.past_key_values), found


def _go_on(network: Any, begun: _Begun, pairs: Sequence[_Pair]) -> list[float]:
    """Σ log p of all tokens of each pair but the first."""
    import torch

    device = begun.mask.device
    tokens, _ = (part.to(device) for part in pad_rows([list(pair.target[:-1]) for pair in pairs], 0))
    lengths = torch.tensor([len(pair.target) - 1 for pair in pairs], device=device)
    places = torch.arange(tokens.shape[1], device=device).expand_as(tokens)
    scored = (places < lengths[:, None]).nonzero()  # what pads the end comes after all that counts
    wanted = torch.tensor([token for pair in pairs for token in pair.target[1:]], device=device)
    owners = [pair.row for pair in pairs]
    rows = slice(owners[0], owners[-1] + 1)
    chosen = rows if owners == list(range(rows.start, rows.stop)) else torch.tensor(owners, device=device)
    logits, _ = logits_at(network, "decode", *scored.T, **begun.of(chosen), decoder_input_ids=tokens, use_cache=True)
    sums = torch.zeros(len(pairs), dtype=torch.float64, device=device)
    found: list[float] = sums.index_add(0, scored[:, 0], log_likelihoods_of(logits, wanted).double()).tolist()
    return found
