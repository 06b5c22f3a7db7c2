"""The contract of a head: hidden states → logits, logits and labels → loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from torch import Tensor, nn

from mtlbench.encoders.config import HeadConfig

IGNORED = -100
"""The label of what does not count in a loss: words of padding."""


class Head(nn.Module, ABC):
    """Called with hidden states `[..., T, H]` and attention mask `[..., T]`; gives logits.

    `words` `[B, W]` holds the position of each word's first token, −1 for none; heads over words need it.
    """

    name: ClassVar[str]
    """The `type` of its configuration."""

    def __init__(self, config: HeadConfig, size: int) -> None:
        super().__init__()
        self.config = config

    @property
    def labels(self) -> tuple[str, ...]:
        return self.config.labels

    @abstractmethod
    def forward(self, hidden: Tensor, attention_mask: Tensor, words: Tensor | None = None) -> Any: ...

    @abstractmethod
    def loss(self, logits: Any, labels: Tensor) -> Tensor:
        """A scalar: the mean over the rows, or over the words, that have a label."""
