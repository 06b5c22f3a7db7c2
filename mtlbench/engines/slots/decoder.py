"""What the pool asks of a family of encoder-decoders: one decoding step for all slots, each at a position of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from mtlbench.engines.batching import pad_rows
from mtlbench.engines.layers.int8 import Int8Linear
from mtlbench.engines.slots.memory import Memory, Shape

Linear = Callable[[Tensor], Tensor]


class Decoder(ABC):
    """The decoder half of a network, by its own modules."""

    classes: ClassVar[frozenset[str]]
    """Names of the networks' classes."""
    shape: Shape

    @abstractmethod
    def __init__(self, network: Any) -> None:
        self._network = network

    @classmethod
    def takes(cls, network: Any) -> bool:
        """Whether this is the step of such a network: of exactly these classes, in a number type that needs no clamping."""
        return type(network).__name__ in cls.classes and network.dtype in (torch.float32, torch.bfloat16)

    def encode(self, rows: Sequence[list[int]], padding: int) -> Sequence[Tensor]:
        """The encoder's states `[tokens, width]` of each row of token ids, by the network's own encoder."""
        device = self._network.device
        ids, mask = (part.to(device) for part in pad_rows(rows, padding))
        states = self._network.get_encoder()(input_ids=ids, attention_mask=mask).last_hidden_state
        return [found[: len(row)] for found, row in zip(states, rows, strict=True)]

    @abstractmethod
    def cross(self, states: Tensor) -> Tensor:
        """Encoder states `[tokens, width]` of any rows → keys and values `[layers, 2, tokens, heads, size]`."""

    @abstractmethod
    def step(self, tokens: Tensor, positions: Tensor, longest: int, memory: Memory) -> Tensor:
        """The logits `[slots, vocabulary]` after `tokens` `[slots]` at `positions` `[slots]`, the last of which is below
        `longest`; their keys and values are written into the memory.
        """


def joined(modules: Sequence[Any]) -> Linear:
    """Linear layers over the same input as one; one after the other where they are of another kind (adapted)."""
    if all(type(module) is Int8Linear for module in modules):
        return Int8Linear.joined(modules)
    if not all(type(module) is torch.nn.Linear for module in modules):
        return lambda states: torch.cat([module(states) for module in modules], dim=-1)
    weight = torch.cat([module.weight for module in modules])
    bias = None if modules[0].bias is None else torch.cat([module.bias for module in modules])
    return lambda states: torch.nn.functional.linear(states, weight, bias)


def attend(query: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
    """One query a slot, `[slots, heads, size]`, over keys and values `[slots, heads, longest, size]`.

    Gives `[slots, heads · size]`. `bias` `[slots, heads or 1, longest]` is added to the scores. Two batched products of a
    row by a matrix: for one query a slot a CPU takes 3 ms of them at 40 slots of 300 tokens, 4 ms of the fused kernel (in
    bf16 2 ms and 12 ms), and 7 ms where the query is a column.
    """
    scores = torch.matmul(query.unsqueeze(-2), keys.transpose(-1, -2)).squeeze(-2) + bias
    shares = torch.softmax(scores, dim=-1, dtype=torch.float32).to(values.dtype)
    return torch.matmul(shares.unsqueeze(-2), values).squeeze(-2).flatten(1)
