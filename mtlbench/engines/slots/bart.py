"""BART and mBART: learned positions, biases, norms after each part (BART) or before it (mBART)."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import embedding

from mtlbench.engines.slots.decoder import Decoder, Linear, attend, joined
from mtlbench.engines.slots.memory import Memory, Shape


class BartDecoder(Decoder):
    classes = frozenset({"BartForConditionalGeneration", "MBartForConditionalGeneration"})

    def __init__(self, network: Any) -> None:
        super().__init__(network)
        config, self._decoder = network.config, network.get_decoder()
        heads = config.decoder_attention_heads
        self.shape = Shape(config.decoder_layers, heads, config.d_model // heads)
        self._scale = self.shape.size**-0.5
        self._before = hasattr(self._decoder, "layer_norm")
        layers = list(self._decoder.layers)
        self._layers = [
            (layer, joined([layer.self_attn.q_proj, layer.self_attn.k_proj, layer.self_attn.v_proj]))
            for layer in layers
        ]
        self._cross = joined(
            [part for layer in layers for part in (layer.encoder_attn.k_proj, layer.encoder_attn.v_proj)]
        )

    def cross(self, states: Tensor) -> Tensor:
        return self._cross(states).view(len(states), self.shape.layers, 2, *self.shape[1:]).permute(1, 2, 0, 3, 4)

    def step(self, tokens: Tensor, positions: Tensor, longest: int, memory: Memory) -> Tensor:
        decoder = self._decoder
        places = embedding(positions + decoder.embed_positions.offset, decoder.embed_positions.weight)
        states = decoder.layernorm_embedding(decoder.embed_tokens(tokens) + places)
        ahead = torch.arange(longest, device=positions.device) > positions[:, None]
        bias = states.new_zeros(ahead.shape).masked_fill(ahead, float("-inf"))[:, None]
        for number, (layer, qkv) in enumerate(self._layers):
            own = partial(self._own, layer.self_attn, qkv, memory, number, positions, longest, bias)
            states = self._with(own, layer.self_attn_layer_norm, states)
            other = partial(self._other, layer.encoder_attn, memory, number)
            states = self._with(other, layer.encoder_attn_layer_norm, states)
            states = self._with(partial(_last, layer), layer.final_layer_norm, states)
        if self._before:
            states = decoder.layer_norm(states)
        logits: Tensor = self._network.lm_head(states) + self._network.final_logits_bias
        return logits

    def _with(self, part: Linear, norm: Any, states: Tensor) -> Tensor:
        """The states with what a part adds to them, normed before or after."""
        added: Tensor = states + part(norm(states)) if self._before else norm(states + part(states))
        return added

    def _own(
        self, attention: Any, qkv: Linear, memory: Memory, layer: int, positions: Tensor, longest: int, bias: Tensor,
        states: Tensor,
    ) -> Tensor:  # fmt: skip
        query, key, value = qkv(states).view(len(states), 3, *self.shape[1:]).unbind(1)
        keys, values = memory.remember(layer, positions, key, value, longest)
        found: Tensor = attention.out_proj(attend(query * self._scale, keys, values, bias))
        return found

    def _other(self, attention: Any, memory: Memory, layer: int, states: Tensor) -> Tensor:
        query = attention.q_proj(states).view(len(states), *self.shape[1:]) * self._scale
        keys, values = memory.cross(layer)
        found: Tensor = attention.out_proj(attend(query, keys, values, memory.bias))
        return found


def _last(layer: Any, states: Tensor) -> Tensor:
    found: Tensor = layer.fc2(layer.activation_fn(layer.fc1(states)))
    return found
