"""T5 and mT5: relative positions, norms before each part, no biases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mtlbench.engines.slots.decoder import Decoder, attend, joined
from mtlbench.engines.slots.memory import Memory, Shape
from mtlbench.engines.slots.t5_encoder import PackedEncoder

FARTHEST = 128
"""Distances to begin with, of which the table of biases then grows."""


class T5Decoder(Decoder):
    classes = frozenset({"T5ForConditionalGeneration", "MT5ForConditionalGeneration"})

    def __init__(self, network: Any) -> None:
        super().__init__(network)
        config, self._decoder, self._head = network.config, network.decoder, network.lm_head
        self.shape = Shape(config.num_decoder_layers, config.num_heads, config.d_kv)
        scaled = getattr(config, "scale_decoder_outputs", False)  # mT5 never does
        self._scale = config.d_model**-0.5 if scaled else None
        layers = [block.layer for block in self._decoder.block]
        self._layers = [(own, joined([own.SelfAttention.q, own.SelfAttention.k, own.SelfAttention.v]), other, last)
                        for own, other, last in layers]  # fmt: skip
        self._cross = joined(
            [part for _, other, _ in layers for part in (other.EncDecAttention.k, other.EncDecAttention.v)]
        )
        self._distances = self._biases(FARTHEST)
        self._encoder = PackedEncoder(network.encoder) if network.device.type == "cpu" else None

    def encode(self, rows: Sequence[list[int]], padding: int) -> Sequence[Tensor]:
        return super().encode(rows, padding) if self._encoder is None else self._encoder(rows)

    def cross(self, states: Tensor) -> Tensor:
        return self._cross(states).view(len(states), self.shape.layers, 2, *self.shape[1:]).permute(1, 2, 0, 3, 4)

    def step(self, tokens: Tensor, positions: Tensor, longest: int, memory: Memory) -> Tensor:
        states = self._decoder.embed_tokens(tokens)
        bias = self._bias(positions, longest)
        for number, (own, qkv, other, last) in enumerate(self._layers):
            query, key, value = qkv(own.layer_norm(states)).view(len(tokens), 3, *self.shape[1:]).unbind(1)
            keys, values = memory.remember(number, positions, key, value, longest)
            states = states + own.SelfAttention.o(attend(query, keys, values, bias))
            query = other.EncDecAttention.q(other.layer_norm(states)).view(len(tokens), *self.shape[1:])
            keys, values = memory.cross(number)
            states = states + other.EncDecAttention.o(attend(query, keys, values, memory.bias))
            states = last(states)
        states = self._decoder.final_layer_norm(states)
        logits: Tensor = self._head(states if self._scale is None else states * self._scale)
        return logits

    def _bias(self, positions: Tensor, longest: int) -> Tensor:
        """`[slots, heads, longest]`: by how far back each position lies, −∞ for those to come."""
        if longest > self._distances.shape[1]:
            self._distances = self._biases(2 * longest)
        back = positions[:, None] - torch.arange(longest, device=positions.device)
        bias = self._distances[:, back.clamp(min=0)].transpose(0, 1)
        return bias.masked_fill((back < 0)[:, None], float("-inf"))

    def _biases(self, farthest: int) -> Tensor:
        """`[heads, farthest]` of the distances 0, 1, … back, by the network's own buckets."""
        attention = self._decoder.block[0].layer[0].SelfAttention
        with torch.inference_mode():
            biases: Tensor = attention.compute_bias(1, farthest, past_seen_tokens=farthest - 1)[0, :, 0]
        return biases.flip(-1)
