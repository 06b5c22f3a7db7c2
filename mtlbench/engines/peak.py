"""The most that a device can do: products of matrices, as fast as PyTorch makes them."""

from __future__ import annotations

import time
from functools import cache

SIZES = (512, 1024, 2048)
"""Sides of the square matrices that are tried; the fastest counts."""
SECONDS = 0.15
"""How long each is tried, two products at least."""


@cache
def matmul_peak(device: str, dtype: str) -> float:
    """Operations per second, where a product of m × k with k × n counts 2·m·k·n; with as many threads as PyTorch has."""
    import torch

    def wait() -> None:
        if device.startswith("cuda"):
            torch.cuda.synchronize(device)

    best = 0.0
    for size in SIZES:
        matrix = torch.randn(size, size, device=device).to(getattr(torch, dtype))
        for _ in range(2):
            matrix @ matrix
        wait()
        began, products, seconds = time.perf_counter(), 0, 0.0
        while products < 2 or seconds < SECONDS:
            matrix @ matrix
            wait()
            products += 1
            seconds = time.perf_counter() - began
        best = max(best, 2 * size**3 * products / seconds)
    return best
