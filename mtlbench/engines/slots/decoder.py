"""What the pool asks of a family of encoder-decoders: one decoding step for all slots, each at a position of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from mtlbench.engines.slots.memory import Memory, Shape

Linear = Callable[[Tensor], Tensor]


class Decoder(ABC):
    """The decoder half of a network, by its own modules."""

    classes: ClassVar[frozenset[str]]
    """Names of the networks' classes."""
    shape: Shape

    @abstractmethod
    def __init__(self, network: Any) -> None: ...

    @classmethod
    def takes(cls, network: Any) -> bool:
        """Whether this is the step of such a network: of exactly these classes, in a number type that needs no clamping."""
        return type(network).__name__ in cls.classes and network.dtype in (torch.float32, torch.bfloat16)

    @abstractmethod
    def cross(self, states: Tensor) -> Tensor:
        """Encoder states `[tokens, width]` of any rows → keys and values `[layers, 2, tokens, heads, size]`."""

    @abstractmethod
    def step(self, tokens: Tensor, positions: Tensor, longest: int, memory: Memory) -> Tensor:
        """The logits `[slots, vocabulary]` after `tokens` `[slots]` at `positions` `[slots]`, the last of which is below
        `longest`; their keys and values are written into the memory.
        """


def joined(modules: Sequence[Any]) -> Linear:
    """Linear layers over the same input as one; one after the other where they are of another kind (quantised, adapted)."""
    if not all(type(module) is torch.nn.Linear for module in modules):
        return lambda states: torch.cat([module(states) for module in modules], dim=-1)
    weight = torch.cat([module.weight for module in modules])
    bias = None if modules[0].bias is None else torch.cat([module.bias for module in modules])
    return lambda states: torch.nn.functional.linear(states, weight, bias)


def attend(query: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
    """One query a slot, `[slots, heads, size]`, over keys and values `[slots, heads, longest, size]`.

    Gives `[slots, heads · size]`. `bias` `[slots, heads or 1, longest]` is added to the scores. Two batched products: for
    one query a row they beat the fused attention kernels on a CPU.
    """
    scores = torch.matmul(keys, query.unsqueeze(-1)).squeeze(-1) + bias
    shares = torch.softmax(scores, dim=-1, dtype=torch.float32).to(values.dtype)
    return torch.matmul(shares.unsqueeze(-2), values).squeeze(-2).flatten(1)
