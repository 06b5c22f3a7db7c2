"""How many of a model's parameters meet one input: of experts those it is sent to, of several heads the task's own."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from mtlbench.engines.base import Identity
from mtlbench.engines.checkpoint import Checkpoint, find_checkpoint, read_header
from mtlbench.engines.heads.config import MULTITASK
from mtlbench.suite.declarations import Model

EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts")
"""Keys of `config.json` that tell how many experts a layer has."""
ROUTED = {"switch_transformers": 1, "nllb-moe": 2}
"""Experts that a token is sent to, of architectures whose `config.json` has no `num_experts_per_tok`."""


def active_parameters(identity: Identity, model: Model, task: str) -> int | None:
    """None where the files do not tell. Of E equal experts of which a token meets k, (E − k)/E are left out."""
    if identity.parameters is None:
        return None
    checkpoint, total = Checkpoint(identity.folder), identity.parameters
    if model.checkpoints is not None:
        checkpoint = find_checkpoint(model.parts["checkpoints", task], identity.folder)
        total = checkpoint.parameters
    if not (checkpoint.folder / "config.json").is_file():  # another engine's format
        return total
    config = checkpoint.config
    sizes = {name: prod(entry["shape"]) for file in checkpoint.weights for name, entry in read_header(file).items()}
    resting = _resting_experts(config, sizes)
    return None if resting is None else total - resting - _other_heads(config, sizes, task)


def _resting_experts(config: Mapping[str, Any], sizes: Mapping[str, int]) -> int | None:
    """Parameters of the experts that a token does not meet; experts that all tokens share are not among them."""
    experts = sum(size for name, size in sizes.items() if ".experts." in name)
    if not experts:
        return 0
    count = next((config[key] for key in EXPERTS if config.get(key)), None)
    chosen = config.get("num_experts_per_tok") or ROUTED.get(str(config.get("model_type")))
    return None if count is None or chosen is None else experts * (count - chosen) // count


def _other_heads(config: Mapping[str, Any], sizes: Mapping[str, int], task: str) -> int:
    if config.get("model_type") != MULTITASK:
        return 0
    others = tuple(f"head_list.{place}." for place, head in enumerate(config["heads"]) if head["task"] != task)
    return sum(size for name, size in sizes.items() if name.startswith(others))
