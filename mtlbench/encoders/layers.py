"""What all heads are made of: pooling of tokens into one vector, hidden layers, words' vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn


def pool_first(hidden: Tensor, mask: Tensor) -> Tensor:
    return hidden[..., 0, :]


def pool_mean(hidden: Tensor, mask: Tensor) -> Tensor:
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(-2) / weights.sum(-2).clamp(min=1)


def pool_max(hidden: Tensor, mask: Tensor) -> Tensor:
    return hidden.masked_fill(~mask.bool().unsqueeze(-1), torch.finfo(hidden.dtype).min).amax(-2)


POOLINGS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"first": pool_first, "mean": pool_mean, "max": pool_max}
"""Hidden states `[..., T, H]` and mask `[..., T]`, 1 where a token is → `[..., H]`."""


def hidden_layers(size: int, sizes: Sequence[int], dropout: float) -> tuple[nn.Sequential, int]:
    """Layers of these sizes over inputs of `size`, dropout before each and after the last; and the size that comes out."""
    layers: list[nn.Module] = []
    for wanted in sizes:
        layers += [nn.Dropout(dropout), nn.Linear(size, wanted), nn.GELU()]
        size = wanted
    return nn.Sequential(*layers, nn.Dropout(dropout)), size


def word_vectors(hidden: Tensor, words: Tensor) -> Tensor:
    """Hidden states `[B, T, H]` at each word's first token `[B, W]` → `[B, W, H]`; of no meaning where that is −1."""
    index = words.clamp(min=0).unsqueeze(-1).expand(-1, -1, hidden.shape[-1])
    return hidden.gather(1, index)
