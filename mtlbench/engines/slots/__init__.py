"""Greedy decoding on a fixed pool of slots: finished rows leave, and the next input takes the slot in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mtlbench.engines.slots.decoder import Decoder


def decoder_of(network: Any) -> Decoder | None:
    """The step of the network's family over its own weights; None where there is none, and `generate` serves."""
    from mtlbench.engines.slots.bart import BartDecoder
    from mtlbench.engines.slots.t5 import T5Decoder

    families: tuple[type[Decoder], ...] = (T5Decoder, BartDecoder)
    return next((family(network) for family in families if family.takes(network)), None)
