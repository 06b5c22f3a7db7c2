"""Keys and values of a pool of slots, allocated once and written in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Shape(NamedTuple):
    layers: int
    heads: int
    size: int


class Memory:
    """`own` `[layers, 2, slots, heads, steps, size]` holds what was decoded and `cross` `[…, inputs, size]` what is read;
    `bias` `[slots, 1, inputs]` is 0 for an input's tokens and −∞ beyond them.
    """

    def __init__(self, shape: Shape, slots: int, steps: int, inputs: int, like: Tensor) -> None:
        layers, heads, size = shape
        self.own = like.new_zeros(layers, 2, slots, heads, steps, size)
        self.cross = like.new_zeros(layers, 2, slots, heads, inputs, size)
        self.bias = like.new_full((slots, 1, inputs), float("-inf"))
        self.bias[..., 0] = 0  # a slot that is not taken reads zeros
        self.rows = torch.arange(slots, device=like.device)

    @property
    def slots(self) -> int:
        return self.own.shape[2]

    @property
    def steps(self) -> int:
        return self.own.shape[4]

    @property
    def inputs(self) -> int:
        return self.cross.shape[4]

    def remember(
        self, layer: int, positions: Tensor, key: Tensor, value: Tensor, longest: int
    ) -> tuple[Tensor, Tensor]:
        """Write a step's key and value `[slots, heads, size]`; those of the layer's positions below `longest`."""
        keys, values = self.own[layer]
        keys[self.rows, :, positions] = key
        values[self.rows, :, positions] = value
        return keys[:, :, :longest], values[:, :, :longest]

    def read(self, slots: Sequence[int], lengths: Sequence[int], cross: Tensor) -> None:
        """Put inputs into slots; `cross` `[layers, 2, tokens, heads, size]` are those of all, one after the other."""
        begin = 0
        for slot, length in zip(slots, lengths, strict=True):
            self.cross[:, :, slot, :, :length] = cross[:, :, begin : begin + length].transpose(2, 3)
            self.bias[slot, 0, :length] = 0
            self.bias[slot, 0, length:] = float("-inf")
            begin += length

    def resized(self, slots: int, steps: int, inputs: int, kept: Sequence[int]) -> Memory:
        """Another size, with the `kept` slots first; what they hold must fit."""
        layers, _, _, heads, _, size = self.own.shape
        made = Memory(Shape(layers, heads, size), slots, steps, inputs, self.own)
        if kept:
            chosen = torch.tensor(kept, device=self.own.device)
            shared, read = min(steps, self.steps), min(inputs, self.inputs)
            made.own[:, :, : len(kept), :, :shared] = self.own[:, :, chosen, :, :shared]
            made.cross[:, :, : len(kept), :, :read] = self.cross[:, :, chosen, :, :read]
            made.bias[: len(kept), :, :read] = self.bias[chosen, :, :read]
            made.bias[: len(kept), :, read:] = float("-inf")
        return made
