"""Which parameters are trained, from when on, and how fast: freezing, gradual unfreezing, learning rates by layer."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from torch import nn

from mtlbench.training.parts import Place, places


def freeze(network: nn.Module, parts: Iterable[str]) -> None:
    """Train these parts no more: `backbone`, `embeddings`, `layers:K` (the first K), `head:TASK`.

    The backbone is all but heads, with an adapter's weights in it; the output matrix of a language model is a head unless
    it is its embeddings too. The first K layers of an encoder-decoder are those of the encoder and those of the decoder.
    Raises ValueError for a part that the network does not have, naming those it has, and where nothing is left to train.
    """
    found = places(network)
    wanted = [_selector(part, found) for part in parts]
    for name, parameter in network.named_parameters():
        if any(selects(found[name]) for selects in wanted):
            parameter.requires_grad_(False)
    if not any(parameter.requires_grad for parameter in network.parameters()):
        raise ValueError("everything is frozen, and nothing is left to train: freeze less")


def _selector(part: str, found: dict[str, Place]) -> Callable[[Place], bool]:
    tasks = {place.task for place in found.values() if place.task is not None}
    deepest = max((place.layer + 1 for place in found.values() if place.layer is not None), default=0)
    if part == "backbone":
        return lambda place: place.part != "head"
    if part == "embeddings":
        return lambda place: place.part == "embeddings"
    if (task := part.removeprefix("head:")) != part and task in tasks:
        return lambda place: place.task == task
    if (match := re.fullmatch(r"layers:([1-9]\d*)", part)) and (first := int(match[1])) <= deepest:
        return lambda place: place.layer is not None and place.layer < first
    layers = [f"layers:1 to layers:{deepest}"] if deepest else []
    known = ["backbone", "embeddings", *layers, *(f"head:{task}" for task in sorted(tasks))]
    raise ValueError(f"the network has no part “{part}”: its parts are {', '.join(known)}")


class Unfreezing:
    """Gradual unfreezing (Howard & Ruder 2018): at epoch e the top ⌊e / every⌋ layers are trained, besides heads.

    What stands above all layers is trained from the start; embeddings come last, unless they are the output matrix too.
    Make it after `freeze` and `parameter_groups`: what is not trainable then stays so, and the optimiser has all that will
    be.
    """

    def __init__(self, network: nn.Module, every: float) -> None:
        self._every = every
        heights = {name: place.height for name, place in places(network).items()}
        self._heights = [(each, heights[name]) for name, each in network.named_parameters() if each.requires_grad]

    def apply(self, epoch: float) -> None:
        """Set what is trained at this epoch, counted from 0; it may be a fraction."""
        trained = math.floor(epoch / self._every + 1e-9)  # 0.3 / 0.1 is a little less than 3
        for parameter, height in self._heights:
            parameter.requires_grad_(height <= trained)


def parameter_groups(
    network: nn.Module,
    learning_rate: float,
    layer_decay: float = 1.0,
    head_rate: float = 1.0,
    weight_decay: float = 0.0,
) -> list[dict[str, Any]]:
    """The trainable parameters as an optimiser takes them, by learning rate (`lr`) and `weight_decay`.

    The topmost layer, and what stands above it, has the learning rate η, each layer below layer_decay times that of the
    one above, embeddings come below all (Howard & Ruder 2018, where the factor is 1/2.6); heads have head_rate · η. Biases,
    scales of norms and IA³'s, which is all that has one dimension, have no weight decay.
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = defaultdict(list)
    found = places(network)
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            place = found[name]
            factor = head_rate if place.part == "head" else layer_decay ** max(place.height - 1, 0)
            decay = weight_decay if parameter.ndim > 1 and ".ia3_l." not in name else 0.0
            groups[learning_rate * factor, decay].append(parameter)
    return [{"params": each, "lr": rate, "weight_decay": decay} for (rate, decay), each in groups.items()]
