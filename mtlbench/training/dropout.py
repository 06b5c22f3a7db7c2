"""The share of a network that is dropped out, set for a stage of training."""

from __future__ import annotations

from typing import Any

from torch import nn

OWN = ("lora_", "head_list.")
"""In the names of modules whose dropout is declared with them: an adapter's and heads'."""


class Dropouts:
    """Where a network drops out, and with what share as it was made."""

    def __init__(self, network: nn.Module) -> None:
        self._places: list[tuple[Any, str, float]] = []
        for name, module in network.named_modules():
            if any(part in name for part in OWN):
                continue
            for key in ("p",) if isinstance(module, nn.Dropout) else ("dropout", "dropout_p", "dropout_prob"):
                share = getattr(module, key, None)  # attention may keep a number
                if isinstance(share, float):
                    self._places.append((module, key, share))

    def set(self, share: float | None) -> None:
        """None for the network's own."""
        for module, key, own in self._places:
            setattr(module, key, own if share is None else share)
