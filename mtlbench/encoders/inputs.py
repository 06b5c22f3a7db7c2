"""Which of a tokenizer's outputs a network takes."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

SEGMENTS = "token_type_ids"


def known_inputs(network: nn.Module, config: Any, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Those that it takes; segment numbers only where it has more than one (DistilBERT takes none, RoBERTa has one)."""
    parameters = inspect.signature(network.forward).parameters
    segments = getattr(config, "type_vocab_size", 2) > 1
    return {name: value for name, value in inputs.items() if name in parameters and (name != SEGMENTS or segments)}
