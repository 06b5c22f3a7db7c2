"""BART and mBART: learned positions, biases, norms after each part (BART) or before it (mBART)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mtlbench.engines.slots.decoder import Decoder, attend, joined
from mtlbench.engines.slots.memory import Memory, Shape


class BartDecoder(Decoder):
    classes = frozenset({"BartForConditionalGeneration", "MBartForConditionalGeneration"})

    def __init__(self, network: Any) -> None:
        config, self._decoder, self._network = network.config, network.get_decoder(), network
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
        places = torch.nn.functional.embedding(
            positions + decoder.embed_positions.offset, decoder.embed_positions.weight
        )
        states = decoder.layernorm_embedding(decoder.embed_tokens(tokens) + places)
        ahead = torch.arange(longest, device=positions.device) > positions[:, None]
        bias = states.new_zeros(ahead.shape).masked_fill(ahead, float("-inf"))[:, None]
        for (layer, qkv), kept, read in zip(self._layers, memory.own, memory.cross, strict=True):

            def own(states: Tensor, layer: Any = layer, qkv: Any = qkv, kept: Tensor = kept) -> Tensor:
                query, key, value = qkv(states).view(len(tokens), 3, *self.shape[1:]).unbind(1)
                kept[0][memory.rows, :, positions] = key
                kept[1][memory.rows, :, positions] = value
                found = attend(query * self._scale, kept[0, :, :, :longest], kept[1, :, :, :longest], bias)
                return layer.self_attn.out_proj(found)

            def other(states: Tensor, layer: Any = layer, read: Tensor = read) -> Tensor:
                query = layer.encoder_attn.q_proj(states).view(len(tokens), *self.shape[1:])
                return layer.encoder_attn.out_proj(attend(query * self._scale, read[0], read[1], memory.bias))

            def last(states: Tensor, layer: Any = layer) -> Tensor:
                return layer.fc2(layer.activation_fn(layer.fc1(states)))

            for part, norm in (
                (own, layer.self_attn_layer_norm),
                (other, layer.encoder_attn_layer_norm),
                (last, layer.final_layer_norm),
            ):
                states = states + part(norm(states)) if self._before else norm(states + part(states))
        if self._before:
            states = decoder.layer_norm(states)
        return self._network.lm_head(states) + self._network.final_logits_bias
