"""Keys and values of a pool of slots, allocated once and written in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

STEPS = 64
"""Positions that the memory begins with, where so many may be written; their number is doubled as outputs grow."""


class Shape(NamedTuple):
    layers: int
    heads: int
    size: int


class Memory:
    """What was decoded, `own` `[layers, 2, slots, heads, steps, size]`, and what is read, `[layers, 2, slots, heads,
    inputs, size]` in a space of `capacity` tokens, which is laid out anew for more and shorter inputs.

    Only the first `rows` slots are given out, as views. Of inputs all places are: some products copy keys between which
    others lie.
    """

    def __init__(self, shape: Shape, slots: int, capacity: int, steps: int, like: Tensor) -> None:
        layers, self._heads, self._size = shape
        self.own = like.new_zeros(layers, 2, slots, self._heads, min(steps, STEPS), self._size)
        self._space = like.new_zeros(layers, 2, capacity * self._heads * self._size)  # zeros: NaN would outlive a mask
        self._numbers = torch.arange(slots, device=like.device)
        self.slots = self.inputs = self.rows = 0
        self._lay(0, 0)

    def _lay(self, slots: int, inputs: int) -> None:
        self.slots, self.inputs = slots, inputs
        count = slots * inputs * self._heads * self._size
        self._cross = self._space[..., :count].view(*self._space.shape[:2], slots, self._heads, inputs, self._size)
        self._bias = self._space.new_full((slots, 1, inputs), float("-inf"))
        self._bias[..., :1] = 0  # a slot that is not taken reads zeros

    @property
    def most_slots(self) -> int:
        return len(self._numbers)

    @property
    def steps(self) -> int:
        return self.own.shape[4]

    @property
    def bias(self) -> Tensor:
        """`[rows, 1, inputs]`: 0 for an input's tokens and −∞ beyond them."""
        return self._bias[: self.rows]

    def cross(self, layer: int) -> tuple[Tensor, Tensor]:
        """Keys and values `[rows, heads, inputs, size]` of the inputs."""
        keys, values = self._cross[layer, :, : self.rows]
        return keys, values

    def remember(
        self, layer: int, positions: Tensor, key: Tensor, value: Tensor, longest: int
    ) -> tuple[Tensor, Tensor]:
        """Write a step's key and value `[rows, heads, size]`; those of the layer's positions below `longest`."""
        keys, values = self.own[layer, :, : self.rows]
        keys[self._numbers[: self.rows], :, positions] = key
        values[self._numbers[: self.rows], :, positions] = value
        return keys[:, :, :longest], values[:, :, :longest]

    def read(self, slots: Sequence[int], lengths: Sequence[int], cross: Tensor) -> None:
        """Put inputs into slots; `cross` `[layers, 2, tokens, heads, size]` are those of all, one after the other."""
        begin = 0
        for slot, length in zip(slots, lengths, strict=True):
            self._cross[:, :, slot, :, :length] = cross[:, :, begin : begin + length].transpose(2, 3)
            self._bias[slot, 0, :length] = 0
            self._bias[slot, 0, length:] = float("-inf")
            begin += length

    def move(self, slot: int, to: int) -> None:
        """What a slot holds, in another."""
        self.own[:, :, to] = self.own[:, :, slot]
        self._cross[:, :, to] = self._cross[:, :, slot]
        self._bias[to] = self._bias[slot]

    def lay_out(self, slots: int, inputs: int) -> None:
        """Another size of the inputs' part, for no fewer slots; these keep their numbers, and what they hold must fit."""
        old, bias, kept = self._cross, self._bias, min(inputs, self.inputs)
        self._lay(slots, inputs)
        for before, after in zip(old.flatten(0, 1), self._cross.flatten(0, 1), strict=True):
            after[: len(before), :, :kept] = before[:, :, :kept].clone()  # they lie in the same space
        self._bias[: len(bias), :, :kept] = bias[..., :kept]

    def lengthen(self, steps: int) -> None:
        """Room for at least so many positions."""
        if steps > self.steps:
            before = self.own
            self.own = before.new_zeros(*before.shape[:4], max(steps, 2 * self.steps), self._size)
            self.own[..., : before.shape[4], :] = before
