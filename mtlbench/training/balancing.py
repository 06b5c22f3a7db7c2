"""How the losses of several tasks become one step: by weights on losses, or by changes to gradients.

A step's loss is Σₜ shareₜ · wₜ · Lₜ over the tasks in it. Lₜ is a task's mean loss over its examples in the step, shareₜ
its share of the step's examples (1 where none are given, as in the papers): sampling decides how often a task is seen,
balancing how much its loss counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from mtlbench.suite.recipe import Balancing

SMALLEST_WEIGHT = 1e-3
"""Of GradNorm: an optimiser's step could make a weight negative, and its task be unlearned."""


class Balancer(nn.Module):
    """Losses as they are, and what all strategies have in common.

    Its parameters and buffers are a strategy's whole state, saved and restored by `state_dict` like any module's.
    """

    name: ClassVar[str] = "none"
    learning_rate: ClassVar[float] = 0.025
    """Of its own parameters, which are of another scale than a network's (Chen et al. 2018). No decay is due to them."""

    def __init__(self, balancing: Balancing, tasks: Sequence[str], seed: int) -> None:
        super().__init__()
        self.balancing, self.seed = balancing, seed
        self.places = {task: place for place, task in enumerate(sorted(tasks))}

    def weight(self, task: str) -> Tensor | float:
        """wₜ as it is now."""
        return 1.0

    def part(self, task: str, loss: Tensor) -> Tensor:
        """What a task's loss adds to that of the step, but for its share."""
        return self.weight(task) * loss

    def backward(
        self, losses: Mapping[str, Tensor], shared: Sequence[nn.Parameter], shares: Mapping[str, float] | None = None
    ) -> Tensor:
        """Add the step's gradients to those of all parameters, its own included, and give its loss, detached.

        losses: of the tasks in this step, scalars with their graphs.
        shared: the trainable parameters that all tasks have in common, in the network's order (`shared_parameters`).
        The gradients are this process's: where there are several, it is for the caller to average them.
        """
        parts = [(shares or {}).get(task, 1.0) * self.part(task, loss) for task, loss in losses.items()]
        total = torch.stack(parts).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total.detach()

    def epoch_ended(self, mean_losses: Mapping[str, float]) -> None:
        """Mean losses over the epoch that has ended, of the tasks that were seen in it."""


class Fixed(Balancer):
    """wₜ as declared, of which there may be more than tasks."""

    name = "fixed"

    def __init__(self, balancing: Balancing, tasks: Sequence[str], seed: int) -> None:
        super().__init__(balancing, tasks, seed)
        self.declared = balancing.weights or {}
        if missing := self.places.keys() - self.declared.keys():
            raise ValueError(f"balancing has no weight for {', '.join(sorted(missing))}")

    def weight(self, task: str) -> float:
        return self.declared[task]


class Uncertainty(Balancer):
    """Homoscedastic uncertainty (Kendall, Gal & Cipolla 2018): exp(−sₜ) · Lₜ + sₜ with learned sₜ = log σₜ², 0 at first.

    That is twice their negative log-likelihood of a regression, Lₜ / 2σₜ² + log σₜ, taken for losses of all kinds, so that
    at first a step's loss is as without balancing. Where nothing else changes, sₜ tends to log Lₜ.
    """

    name = "uncertainty"

    def __init__(self, balancing: Balancing, tasks: Sequence[str], seed: int) -> None:
        super().__init__(balancing, tasks, seed)
        self.log_variances = nn.Parameter(torch.zeros(len(self.places)))

    def weight(self, task: str) -> Tensor:
        return torch.exp(-self.log_variances[self.places[task]])

    def part(self, task: str, loss: Tensor) -> Tensor:
        return super().part(task, loss) + self.log_variances[self.places[task]]


class DynamicWeightAverage(Balancer):
    """Slowly falling losses count more (Liu, Johns & Davison 2019): wₜ = T · softmax(rₜ / τ), rₜ = Lₜ(e−1) / Lₜ(e−2).

    L are means over epochs. rₜ is 1 where it is not known: in the first two epochs, and while a task was not seen.
    """

    name = "dwa"
    means: Tensor

    def __init__(self, balancing: Balancing, tasks: Sequence[str], seed: int) -> None:
        super().__init__(balancing, tasks, seed)
        self.register_buffer("means", torch.full((2, len(self.places)), torch.nan))

    def weight(self, task: str) -> Tensor:
        ratios = self.means[1] / self.means[0]
        known = torch.where(ratios.isfinite(), ratios, 1.0)
        return len(self.places) * torch.softmax(known / self.balancing.temperature, 0)[self.places[task]]

    def epoch_ended(self, mean_losses: Mapping[str, float]) -> None:
        latest = [mean_losses.get(task, torch.nan) for task in self.places]
        self.means.copy_(torch.stack([self.means[1], self.means.new_tensor(latest)]))


class GradNorm(Balancer):
    """Weights learned such that tasks train at like rates (Chen et al. 2018).

    Gₜ = wₜ · ‖∇_W Lₜ‖ at W, the last matrix that tasks share. Each step, w goes down the gradient of Σₜ |Gₜ − Ḡ · rₜ^α|,
    in which Ḡ · rₜ^α is constant: rₜ is the loss ratio Lₜ / Lₜ(0) over its mean, Ḡ the mean of G, Lₜ(0) the first loss
    seen. Before each step the weights are scaled to add up to T.
    """

    name = "gradnorm"
    first: Tensor

    def __init__(self, balancing: Balancing, tasks: Sequence[str], seed: int) -> None:
        super().__init__(balancing, tasks, seed)
        self.loss_weights = nn.Parameter(torch.ones(len(self.places)))
        self.register_buffer("first", torch.full((len(self.places),), torch.nan))

    def weight(self, task: str) -> Tensor:
        return self.loss_weights.detach()[self.places[task]]

    def backward(
        self, losses: Mapping[str, Tensor], shared: Sequence[nn.Parameter], shares: Mapping[str, float] | None = None
    ) -> Tensor:
        matrix = [parameter for parameter in shared if parameter.ndim > 1][-1]
        norms = torch.stack(
            [torch.autograd.grad(loss, matrix, retain_graph=True)[0].norm() for loss in losses.values()]
        )
        values = torch.stack([loss.detach() for loss in losses.values()])
        places = [self.places[task] for task in losses]
        with torch.no_grad():
            weights = self.loss_weights.clamp_(min=SMALLEST_WEIGHT)
            weights *= len(weights) / weights.sum()
            self.first[places] = torch.where(self.first[places].isnan(), values, self.first[places])
            ratios = values / self.first[places]
            scaled = weights[places] * norms
            targets = scaled.mean() * (ratios / ratios.mean()) ** self.balancing.alpha
            slopes = torch.zeros_like(weights)
            slopes[places] = torch.sign(scaled - targets) * norms
        self.loss_weights.grad = slopes if self.loss_weights.grad is None else self.loss_weights.grad + slopes
        return super().backward(losses, shared, shares)


class PCGrad(Balancer):
    """Gradient surgery (Yu et al. 2020): what a task's gradient has against another's is taken out of it.

    For each task i and the other tasks j in random order, where gᵢ · gⱼ < 0: gᵢ ← gᵢ − (gᵢ · gⱼ / ‖gⱼ‖²) gⱼ, gⱼ as it was.
    The step's gradient is Σ gᵢ. All this of shared parameters; others, such as heads', get their plain gradients.
    """

    name = "pcgrad"
    steps: Tensor

    def __init__(self, balancing: Balancing, tasks: Sequence[str], seed: int) -> None:
        super().__init__(balancing, tasks, seed)
        self.register_buffer("steps", torch.tensor(0))

    def backward(
        self, losses: Mapping[str, Tensor], shared: Sequence[nn.Parameter], shares: Mapping[str, float] | None = None
    ) -> Tensor:
        before = [parameter.grad for parameter in shared]
        gradients, total = [], torch.tensor(0.0)
        for number, task in enumerate(sorted(losses), start=1):
            for parameter in shared:
                parameter.grad = None
            part = (shares or {}).get(task, 1.0) * losses[task]
            part.backward(retain_graph=number < len(losses))  # type: ignore[no-untyped-call]
            gradients.append(torch.cat([_gradient(parameter).flatten() for parameter in shared]))
            total = total + part.detach()
        surgery = torch.split(self._projected(torch.stack(gradients)), [parameter.numel() for parameter in shared])
        for parameter, earlier, own in zip(shared, before, surgery, strict=True):
            parameter.grad = own.view_as(parameter) if earlier is None else earlier + own.view_as(parameter)
        self.steps += 1
        return total

    def _projected(self, gradients: Tensor) -> Tensor:
        """Gradients of tasks `[T, P]` → that of the step `[P]`."""
        random = np.random.default_rng([self.seed, int(self.steps)])
        changed = gradients.clone()
        for i, own in enumerate(changed):
            for j in random.permutation(len(gradients)):
                against = torch.dot(own, gradients[j])
                if j != i and against < 0:
                    own -= against / gradients[j].square().sum() * gradients[j]
        return changed.sum(0)


def _gradient(parameter: nn.Parameter) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


STRATEGIES: dict[str, type[Balancer]] = {
    strategy.name: strategy for strategy in (Balancer, Fixed, Uncertainty, DynamicWeightAverage, GradNorm, PCGrad)
}


def make_balancer(balancing: Balancing, tasks: Sequence[str], seed: int) -> Balancer:
    """The balancer of a declared strategy; raises ValueError where a task has no fixed weight."""
    return STRATEGIES[balancing.strategy](balancing, tasks, seed)
