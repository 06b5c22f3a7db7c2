"""Elastic weight consolidation: what mattered to earlier stages is held in place (Kirkpatrick et al. 2017)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mtlbench.training.parts import shared_parameters


def fisher(network: nn.Module, losses: Iterable[Callable[[], Tensor]]) -> dict[str, Tensor]:
    """The diagonal of the empirical Fisher information, Fᵢ = mean over examples of (∂ log p(reference) / ∂θᵢ)².

    losses: for each example of a sample, what computes its negative log-likelihood, a scalar. Given by name, of the
    trainable shared parameters. Dropout is off meanwhile; parameters' own gradients are left alone.
    """
    parameters = shared_parameters(network)
    sums = {name: torch.zeros_like(parameter) for name, parameter in parameters.items()}
    was_training, examples = network.training, 0
    network.eval()
    for loss in losses:
        examples += 1
        gradients = torch.autograd.grad(loss(), list(parameters.values()), allow_unused=True)
        for total, gradient in zip(sums.values(), gradients, strict=True):
            if gradient is not None:
                total += gradient.square()
    network.train(was_training)
    if not examples:
        raise ValueError("the Fisher information needs at least one example")
    return {name: total / examples for name, total in sums.items()}


class Consolidation:
    """The penalty λ/2 · Σ_stages Σᵢ Fᵢ (θᵢ − θᵢ*)², θ* the shared parameters as a finished stage left them."""

    def __init__(self, strength: float) -> None:
        self.strength = strength
        self._anchors: list[dict[str, dict[str, Tensor]]] = []

    def anchor(self, network: nn.Module, losses: Iterable[Callable[[], Tensor]]) -> None:
        """Hold the network as it is at the end of a stage, of whose examples these are the losses (see `fisher`)."""
        parameters = shared_parameters(network)
        values = {name: parameter.detach().clone() for name, parameter in parameters.items()}
        self._anchors.append({"fisher": fisher(network, losses), "values": values})

    def penalty(self, network: nn.Module) -> Tensor:
        """A scalar with its graph; 0 before the first stage has ended."""
        parameters = {name: each for name, each in network.named_parameters() if each.requires_grad}
        total = torch.zeros((), device=next(network.parameters()).device)
        for anchor in self._anchors:
            for name in filter(parameters.__contains__, anchor["fisher"]):  # in one order, so that sums repeat
                importance, value = (anchor[key][name].to(parameters[name].device) for key in ("fisher", "values"))
                total = total + (importance * (parameters[name] - value).square()).sum()
        return self.strength / 2 * total

    def state_dict(self) -> dict[str, Any]:
        """For each finished stage, `fisher` and `values` by parameter."""
        return {"anchors": self._anchors}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._anchors = list(state["anchors"])
