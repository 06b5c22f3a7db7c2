"""What all prompts of a task begin with, such as its solved examples: read once, and its keys and values shared by rows."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from mtlbench.engines.caches import taken
from mtlbench.engines.clock import CLOCK

FEWEST_TOKENS = 32
"""Of a prefix that is worth reading apart."""
ATTENTION = frozenset({"full_attention", "sliding_attention"})
"""Types of layers that keep keys and values of what they have read."""


def shared_prefix(rows: Sequence[list[int]]) -> list[int]:
    """What several rows begin with, short of the whole of any; none where it is not worth reading apart."""
    if len(rows) < 2:
        return []
    alike = takewhile(
        lambda pair: pair[0] == pair[1], zip(min(rows), max(rows), strict=False)
    )  # as all between them do
    found = [token for token, _ in alike][: min(map(len, rows)) - 1]
    return found if len(found) >= FEWEST_TOKENS else []


def can_share(network: Any) -> bool:
    """Whether it can go on from what it has read several times, be told each token's place, and what each token sees.

    Not so networks that keep a state in place of keys and values or weigh by distance (ALiBi), those that put trained
    vectors before their input (PEFT's prompts and prefixes), and those of a checkpoint's own code.
    """
    config, taken_in = network.config, inspect.signature(network.forward).parameters
    return (
        type(network).__module__.startswith("transformers.")
        and {"past_key_values", "position_ids"} <= set(taken_in)
        and ATTENTION.issuperset(getattr(config, "layer_types", None) or ())
        and config._attn_implementation in ("sdpa", "eager")
        and not network._is_stateful
        and not getattr(config, "alibi", False)
    )


def slides(network: Any) -> bool:
    """Whether some layers see a few tokens back alone, of which padding after a prefix would take up some."""
    kinds = getattr(network.config, "layer_types", None) or ["sliding_attention"]
    return "sliding_attention" in kinds and bool(getattr(network.config, "sliding_window", None))


class Prefix:
    """Tokens that were read, once for all rows that begin with them."""

    def __init__(self, network: Any, tokens: list[int]) -> None:
        import torch
        from transformers import DynamicCache

        ids = torch.tensor([tokens], device=network.device)
        least = {"logits_to_keep": 1} if "logits_to_keep" in inspect.signature(network.forward).parameters else {}
        self.tokens, self._cache = tokens, DynamicCache()  # without a config, layers that slide keep all keys too
        with CLOCK.timed("encode"), torch.inference_mode():
            network(input_ids=ids, past_key_values=self._cache, use_cache=True, **least)

    def of(self, rows: int) -> Any:
        """What the network has read, before each of some rows."""
        return taken(self._cache, lambda keys: keys.expand(rows, -1, -1, -1))

    def before(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Padded inputs of `generate` with the prefix, as read, before each row and its padding."""
        import torch

        rows = len(inputs["input_ids"])
        ids = torch.tensor(self.tokens, device=inputs["input_ids"].device).expand(rows, -1)
        return {
            "input_ids": torch.cat([ids, inputs["input_ids"]], 1),
            "attention_mask": torch.cat([torch.ones_like(ids), inputs["attention_mask"]], 1),
            "past_key_values": self.of(rows),
        }
