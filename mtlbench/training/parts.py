"""The parts of a network: embeddings, layers, what stands above them, heads. Found by structure, whatever its family."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

from mtlbench.encoders import MultitaskEncoder


@dataclass(frozen=True, slots=True)
class Place:
    """Where a parameter stands.

    `layer` counts from the input, from 0. `height` counts from the output: 0 above all layers, 1 the topmost layer, and
    below the lowest one the embeddings. The encoder and the decoder of an encoder-decoder are counted each for itself, side
    by side, as T5 unfreezes them (Raffel et al. 2020, §3.5.1); embeddings that are its output matrix too are of height 0.
    """

    part: Literal["embeddings", "layer", "top", "head"]
    height: int = 0
    layer: int | None = None
    task: str | None = None
    """Of a head that is one task's alone."""


def places(network: Any) -> dict[str, Place]:
    """Of each parameter by name, in the network's order; one that is used in two places stands in the first.

    An adapter's weights stand in the layers that they change, virtual tokens at the top.
    """
    base = network.get_base_model() if hasattr(network, "get_base_model") else network
    found = _heads(base)
    heads = base.head_list if isinstance(base, MultitaskEncoder) else None
    stacks = [stack for stack in _stacks(base) if stack is not heads]
    for stack in stacks:
        for number, layer in enumerate(stack):
            place = Place("layer", height=len(stack) - number, layer=number)
            found = dict.fromkeys(layer.parameters(), place) | found
    bottom = Place("embeddings", height=1 + max(map(len, stacks), default=0))
    for name, module in base.named_modules():
        if isinstance(module, nn.Embedding) or "embed" in name:
            found = dict.fromkeys(module.parameters(), bottom) | found
    return {name: found.get(parameter, Place("top")) for name, parameter in network.named_parameters()}


def shared_parameters(network: nn.Module) -> dict[str, nn.Parameter]:
    """The trainable parameters that no task has for itself: all but those of its head; by name, in the network's order."""
    shared = {name for name, place in places(network).items() if place.task is None}
    return {name: each for name, each in network.named_parameters() if name in shared and each.requires_grad}


def _heads(base: Any) -> dict[nn.Parameter, Place]:
    """Of a multi-task encoder, those of its tasks; of a language model, its output matrix."""
    if isinstance(base, MultitaskEncoder):
        tasks = [head.task for head in base.config.head_configs]
        return {
            parameter: Place("head", task=task)
            for task, head in zip(tasks, base.head_list, strict=True)
            for parameter in head.parameters()
        }
    output = base.get_output_embeddings() if hasattr(base, "get_output_embeddings") else None
    if output is None:
        return {}
    embedded = set(base.get_input_embeddings().parameters())
    return {each: Place("embeddings" if each in embedded else "head") for each in output.parameters()}


def _stacks(module: nn.Module) -> Iterator[nn.ModuleList]:
    """The outermost lists of layers."""
    for child in module.children():
        if isinstance(child, nn.ModuleList):
            yield child
        else:
            yield from _stacks(child)
