"""T5's encoder over rows that lie one after the other, without padding: for CPUs.

All that looks at tokens one by one sees all rows at once; attention goes row by row, each with a corner of one table of
biases, so that neither padding nor a mask `[rows, heads, tokens, tokens]` is ever computed: 2,936 tokens of T5-small in
rows of up to 400 take 1.5 s of one thread; padded under a budget of 2,048 tokens 2.6 s, of 8,192 tokens 5.8 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from mtlbench.engines.slots.decoder import joined


class PackedEncoder:
    """The encoder of a T5 or mT5, by its own modules."""

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder
        layers = [block.layer for block in encoder.block]
        self._biases = layers[0][0].SelfAttention.compute_bias
        self._layers = [
            (own, joined([own.SelfAttention.q, own.SelfAttention.k, own.SelfAttention.v]), last) for own, last in layers
        ]
        self._size = layers[0][0].SelfAttention.key_value_proj_dim

    def __call__(self, rows: Sequence[list[int]]) -> Sequence[Tensor]:
        """The states `[tokens, width]` of each row of token ids."""
        lengths = [len(row) for row in rows]
        bias = self._biases(max(lengths), max(lengths))
        states = self._encoder.embed_tokens(torch.tensor([token for row in rows for token in row]))
        for own, qkv, last in self._layers:
            parts = qkv(own.layer_norm(states)).view(len(states), 3, -1, self._size).permute(1, 2, 0, 3)
            states = states + own.SelfAttention.o(_attend(parts, lengths, bias))
            states = last(states)
        return torch.split(self._encoder.final_layer_norm(states), lengths)


def _attend(parts: Tensor, lengths: Sequence[int], bias: Tensor) -> Tensor:
    """Attention `[tokens, heads · size]` of each row to itself; queries, keys and values `[3, heads, tokens, size]`."""
    found, begin = [], 0
    for length in lengths:
        query, key, value = parts[:, None, :, begin : begin + length]
        mask = bias[..., :length, :length]
        found.append(scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=1.0)[0])
        begin += length
    return torch.cat(found, dim=1).transpose(0, 1).flatten(1)
