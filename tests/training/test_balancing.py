from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mtlbench.suite.recipe import Balancing
from mtlbench.training.balancing import STRATEGIES, Balancer, make_balancer

TASKS = ("a", "b")


def made(strategy: str, tasks: tuple[str, ...] = TASKS, seed: int = 0, **options: Any) -> Balancer:
    return make_balancer(Balancing(strategy=strategy, **options), tasks, seed)


def quadratics(shared: nn.Parameter) -> dict[str, Tensor]:
    """½‖θ − c‖² around (1, 0) and (−1, 0.5); at 0 the gradients are (−1, 0) and (1, −0.5)."""
    return {
        "a": 0.5 * (shared - torch.tensor([1.0, 0.0])).square().sum(),
        "b": 0.5 * (shared - torch.tensor([-1.0, 0.5])).square().sum(),
    }


def test_every_strategy_of_the_recipe_is_there() -> None:
    assert set(STRATEGIES) == set(Balancing.model_fields["strategy"].annotation.__args__)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("strategy", "options", "shares", "loss", "gradient"),
    [
        ("none", {}, None, 0.5 + 0.625, [0.0, -0.5]),
        ("none", {}, {"a": 0.75, "b": 0.25}, 0.375 + 0.15625, [-0.5, -0.125]),
        ("fixed", {"weights": {"a": 2, "b": 1}}, None, 1 + 0.625, [-1.0, -0.5]),
        ("fixed", {"weights": {"a": 2, "b": 4}}, {"a": 0.5, "b": 0.25}, 0.5 + 0.625, [0.0, -0.5]),
        ("uncertainty", {}, None, 0.5 + 0.625, [0.0, -0.5]),
        ("dwa", {}, None, 0.5 + 0.625, [0.0, -0.5]),
        ("gradnorm", {}, None, 0.5 + 0.625, [0.0, -0.5]),
        # a·b = −1: a ← (−1, 0) + 1/1.25 · (1, −0.5) = (−0.2, −0.4); b ← (1, −0.5) + 1/1 · (−1, 0) = (0, −0.5)
        ("pcgrad", {}, None, 0.5 + 0.625, [-0.2, -0.9]),
        # halves: a ← ½ (−0.2, −0.4); b ← ½ (0, −0.5)
        ("pcgrad", {}, {"a": 0.5, "b": 0.5}, 0.25 + 0.3125, [-0.1, -0.45]),
    ],
)
def test_first_step_by_hand(
    strategy: str, options: dict[str, Any], shares: dict[str, float] | None, loss: float, gradient: list[float]
) -> None:
    shared = nn.Parameter(torch.zeros(1, 2))
    balancer = made(strategy, **options)
    for times in (1, 2):  # gradients are added to those there are
        total = balancer.backward(quadratics(shared), [shared], shares)
        assert float(total) == pytest.approx(loss)
        assert not total.requires_grad
        assert shared.grad is not None
        assert shared.grad.flatten().tolist() == pytest.approx([times * each for each in gradient])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_step_may_lack_a_task(strategy: str) -> None:
    shared = nn.Parameter(torch.zeros(1, 2))
    balancer = made(strategy, **({"weights": {"a": 1, "b": 1}} if strategy == "fixed" else {}))
    balancer.backward({"a": quadratics(shared)["a"]}, [shared])
    assert shared.grad is not None
    assert shared.grad.tolist() == [[-1.0, 0.0]]


def test_uncertainty_tends_to_the_logarithm_of_losses() -> None:
    balancer = made("uncertainty")
    optimizer = torch.optim.SGD(balancer.parameters(), lr=0.2)
    losses = {"a": torch.tensor(4.0), "b": torch.tensor(0.25)}
    for _ in range(300):
        optimizer.zero_grad()
        balancer.backward(losses, [])
        optimizer.step()
    assert weights(balancer) == pytest.approx([1 / 4, 4], rel=1e-3)
    assert float(balancer.backward(losses, [])) == pytest.approx(2, abs=1e-3)  # 1 + log 4 + 1 + log ¼


def test_dynamic_weights_by_hand() -> None:
    balancer = made("dwa", ("a", "b"), temperature=2.0)
    seen = [weights(balancer)]
    for losses in ({"a": 4.0, "b": 1.0}, {"a": 2.0, "b": 1.0}, {"a": 1.0}, {"a": 0.5, "b": 1.0}):
        balancer.epoch_ended(losses)
        seen.append(weights(balancer))
    # ratios ½ and 1: 2 · softmax(¼, ½) = 2 / (1 + e^¼), 2 / (1 + e^−¼); where b was not seen, its ratio is 1
    slow = [0.875647, 1.124353]
    assert seen == [
        [1, 1],
        [1, 1],
        pytest.approx(slow, abs=1e-6),
        pytest.approx(slow, abs=1e-6),
        pytest.approx(slow, abs=1e-6),
    ]


def weights(balancer: Balancer) -> list[float]:
    return [float(torch.as_tensor(balancer.weight(task)).detach()) for task in TASKS]


def test_gradnorm_slopes_by_hand() -> None:
    """Norms at the last matrix 3 and 1 and α = 1; losses 9 → 3 and 1 → 1: ratios 1/3 and 1, over their mean ½ and 1½."""
    balancer = made("gradnorm", alpha=1.0)
    balancer.first.copy_(torch.tensor([9.0, 1.0]))  # type: ignore[operator]
    bias, matrix = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1, 1))
    balancer.backward({"a": 3 * matrix.sum(), "b": matrix.sum() + 0 * bias.sum()}, [matrix, bias])
    assert balancer.loss_weights.grad is not None
    # G = 3 and 1, mean 2, targets 1 and 3: a's weight has to fall, b's to rise
    assert balancer.loss_weights.grad.tolist() == [3.0, -1.0]


def test_gradnorm_weights_add_up_and_stay_above_zero() -> None:
    balancer = made("gradnorm")
    with torch.no_grad():
        balancer.loss_weights.copy_(torch.tensor([-1.0, 3.0]))  # type: ignore[operator]
    shared = nn.Parameter(torch.zeros(1, 2))
    balancer.backward(quadratics(shared), [shared])
    assert sum(weights(balancer)) == pytest.approx(2)
    assert 0 < weights(balancer)[0] < 0.01


def test_gradnorm_balances_the_toy_of_its_paper() -> None:
    """Regressions σ tanh((B + ε) x) with scales σ of 1 and 10 (Chen et al. 2018, §4): with equal weights the large one rules."""
    equal, balanced = toy("none"), toy("gradnorm", alpha=0.12)
    assert equal["norms"][1] > 5 * equal["norms"][0]
    assert balanced["norms"][1] < 2.5 * balanced["norms"][0]
    assert balanced["weights"][0] > 50 * balanced["weights"][1]
    assert balanced["losses"][0] < 0.6 * equal["losses"][0]


def toy(strategy: str, **options: Any) -> dict[str, list[float]]:
    """Training losses over their first value, and weighted gradient norms at the last shared matrix."""
    random = torch.Generator().manual_seed(3)
    torch.manual_seed(3)
    scales, (size, outputs) = (1.0, 10.0), (20, 10)
    common = torch.randn(size, outputs, generator=random) * 10**0.5
    maps = [common + torch.randn(size, outputs, generator=random) * 3.5**0.5 for _ in scales]
    trunk = nn.Sequential(nn.Linear(size, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU())
    heads = nn.ModuleList(nn.Linear(48, outputs) for _ in scales)
    balancer = made(strategy, **options)
    groups = [{"params": [*trunk.parameters(), *heads.parameters()], "lr": 2e-3}]
    if own := list(balancer.parameters()):
        groups.append({"params": own, "lr": balancer.learning_rate})
    optimizer = torch.optim.Adam(groups)
    inputs = torch.randn(256, size, generator=random) / size**0.5

    def losses() -> dict[str, Tensor]:
        hidden = trunk(inputs)
        targets = [scale * torch.tanh(inputs @ matrix) for scale, matrix in zip(scales, maps, strict=True)]
        pairs = zip(TASKS, heads, targets, strict=True)
        return {task: nn.functional.mse_loss(head(hidden), target) for task, head, target in pairs}

    first = [float(loss.detach()) for loss in losses().values()]
    for _ in range(300):
        optimizer.zero_grad()
        balancer.backward(losses(), list(trunk.parameters()))
        optimizer.step()
    last = losses()
    norms = [float(torch.autograd.grad(loss, trunk[2].weight, retain_graph=True)[0].norm()) for loss in last.values()]
    return {
        "losses": [float(loss.detach()) / start for loss, start in zip(last.values(), first, strict=True)],
        "norms": [weight * norm for weight, norm in zip(weights(balancer), norms, strict=True)],
        "weights": weights(balancer),
    }


def test_surgery_takes_tasks_in_a_random_order_of_its_seed() -> None:
    gradients = torch.tensor([[1.0, 0.0, 0.2], [-1.0, 0.4, 0.0], [-0.6, -1.0, 0.1]])

    def steps(seed: int, count: int) -> list[list[float]]:
        balancer = made("pcgrad", ("a", "b", "c"), seed)
        found = []
        for _ in range(count):
            shared, left_out = nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(2))
            losses = {task: gradients[place] @ shared for place, task in enumerate("abc")}
            balancer.backward(losses, [shared, left_out])
            assert shared.grad is not None
            found.append([round(value, 5) for value in shared.grad.tolist()])
        return found

    assert steps(0, 12) == steps(0, 12)
    assert len(set(map(tuple, steps(0, 12)))) > 1


def test_surgery_leaves_heads_and_peaceful_gradients_alone() -> None:
    shared = nn.Parameter(torch.zeros(2))
    heads = {task: nn.Parameter(torch.tensor(value)) for task, value in (("a", 2.0), ("b", 3.0))}
    losses = {"a": heads["a"] * (1 + shared[0]), "b": heads["b"] * (1 + shared[0] + shared[1])}
    made("pcgrad").backward(losses, [shared])
    assert shared.grad is not None
    assert shared.grad.tolist() == [5.0, 3.0]
    assert [float(head.grad) for head in heads.values() if head.grad is not None] == [1.0, 1.0]


@pytest.mark.parametrize("strategy", ["uncertainty", "dwa", "gradnorm", "pcgrad"])
def test_goes_on_from_its_state(strategy: str) -> None:
    def train(balancer: Balancer, shared: nn.Parameter, epochs: range) -> None:
        optimizer = torch.optim.SGD([shared, *balancer.parameters()], lr=0.05)
        for epoch in epochs:
            optimizer.zero_grad()
            balancer.backward(quadratics(shared), [shared])
            optimizer.step()
            balancer.epoch_ended({"a": 1.0 / (epoch + 1), "b": 1.0})

    unbroken, whole = made(strategy), nn.Parameter(torch.zeros(1, 2))
    train(unbroken, whole, range(8))
    broken, part = made(strategy), nn.Parameter(torch.zeros(1, 2))
    train(broken, part, range(3))
    resumed = made(strategy)
    resumed.load_state_dict(broken.state_dict())
    train(resumed, part, range(3, 8))
    assert torch.equal(part, whole)
    assert weights(resumed) == weights(unbroken)


def test_each_task_needs_its_fixed_weight() -> None:
    with pytest.raises(ValueError, match=r"balancing has no weight for b$"):
        made("fixed", weights={"a": 1, "c": 1})
