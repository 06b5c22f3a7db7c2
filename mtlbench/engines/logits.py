"""Logits where they are wanted alone: the product with a vocabulary of 32,000 is half the work of a short text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mtlbench.engines.clock import CLOCK

if TYPE_CHECKING:
    from torch import Tensor


def logits_at(network: Any, phase: str, rows: Tensor, places: Tensor, **inputs: Any) -> tuple[Tensor, Any]:
    """The network's logits `[n, vocabulary]` at `places` `[n]` of `rows` `[n]` of a batch, and all that it gives.

    The time counts for the phase.
    """
    head, narrowed = network.get_output_embeddings(), []

    def narrow(_: Any, given: tuple[Tensor]) -> tuple[Tensor] | None:
        if given[0].dim() != 3:  # ProphetNet's head reads several streams
            return None
        narrowed.append(True)
        return (given[0][rows, places].unsqueeze(0),)

    hook = head.register_forward_pre_hook(narrow) if head is not None else None
    try:
        with CLOCK.timed(phase):
            found = network(**inputs)
    finally:
        if hook is not None:
            hook.remove()
    return (found.logits[0] if narrowed else found.logits[rows, places]), found


def log_likelihoods_of(logits: Tensor, targets: Tensor) -> Tensor:
    """log p of `targets` `[n]` under `logits` `[n, vocabulary]`, in nats."""
    logits = logits.float()
    return logits.gather(-1, targets.unsqueeze(-1)).squeeze(-1) - logits.logsumexp(-1)
