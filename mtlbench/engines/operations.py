"""Floating-point operations of answering, by PyTorch's counter: products of matrices, convolutions and attention.

A product of m × k with k × n counts 2·m·k·n. What works element by element (activations, norms) is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mtlbench.engines.base import Engine, Request

ROWS = 4
"""Rows of a task that are counted."""


def flops_per_example(engine: Engine, requests: Sequence[Request]) -> float | None:
    """Mean over a few rows, spread over the task, each answered alone and so without padding; all steps of a generation
    count, with all beams. None where the engine does nothing that is counted.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    cpu_attention = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu  # PyTorch's table has the GPU's alone
    counter = FlopCounterMode(display=False, custom_mapping={cpu_attention: _attention})
    step = -(-len(requests) // ROWS)
    rows = requests[::step]
    with counter:
        for request in rows:
            for _ in engine.run([request]):
                pass
    return counter.get_total_flops() / len(rows) or None


def _attention(query: Sequence[int], key: Sequence[int], value: Sequence[int], *_: Any, **__: Any) -> int:
    """Of shapes `[B, heads, T, d]`: query × key, then their softmax × value."""
    batch, heads, rows, size = query
    return 2 * batch * heads * rows * key[-2] * (size + value[-1])
