from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from mtlbench.training.consolidation import Consolidation, fisher
from tests import checkpoint_heads


class Line(nn.Module):
    """y = w·x + b, with dropout that must not be seen."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[1.0, -1.0]]))
        self.bias = nn.Parameter(torch.tensor([0.0]))
        self.frozen = nn.Parameter(torch.tensor([9.0]), requires_grad=False)
        self.unused = nn.Parameter(torch.tensor([4.0]))
        self.dropout = nn.Dropout(0.9)

    def loss(self, inputs: list[float], target: float) -> Callable[[], Tensor]:
        """½ (y − target)²: minus the log-likelihood of a normal distribution, but for a constant."""
        return lambda: 0.5 * (self.weight @ self.dropout(torch.tensor(inputs)) + self.bias - target).square().sum()


# errors y − target are 1 − 0 = 1 and −2 − 1 = −3: gradients of w are (1, 0) and (0, −6), of b 1 and −3
EXAMPLES = [([1.0, 0.0], 0.0), ([0.0, 2.0], 1.0)]
FISHER = {"weight": [[0.5, 18.0]], "bias": [5.0], "unused": [0.0]}


def sample(line: Line) -> list[Callable[[], Tensor]]:
    return [line.loss(*example) for example in EXAMPLES]


def test_fisher_by_hand() -> None:
    line = Line()
    line.bias.grad = torch.tensor([7.0])
    assert {name: value.tolist() for name, value in fisher(line, iter(sample(line))).items()} == FISHER
    assert line.training
    assert line.bias.grad.tolist() == [7.0]
    assert line.weight.grad is None


def test_penalty_by_hand() -> None:
    line, held = Line(), Consolidation(strength=4.0)
    assert float(held.penalty(line).detach()) == 0.0
    held.anchor(line, sample(line))
    assert float(held.penalty(line).detach()) == 0.0
    with torch.no_grad():
        line.weight += torch.tensor([[2.0, -1.0]])
        line.bias += 1.0
        line.unused += 100.0
    penalty = held.penalty(line)
    assert float(penalty.detach()) == 4 / 2 * (0.5 * 2**2 + 18 * 1**2 + 5 * 1**2)
    penalty.backward()
    assert line.weight.grad is not None
    assert line.weight.grad.tolist() == [[4 * 0.5 * 2, 4 * 18 * -1]]


def test_each_finished_stage_holds_what_it_left() -> None:
    line, held = Line(), Consolidation(strength=2.0)
    held.anchor(line, sample(line))
    with torch.no_grad():
        line.bias += 1.0
    held.anchor(line, [line.loss([0.0, 0.0], 3.0)])  # y − target is −2: of b alone, 4
    with torch.no_grad():
        line.bias += 1.0
    assert float(held.penalty(line).detach()) == 5 * 2**2 + 4 * 1**2


def test_what_is_frozen_later_adds_nothing() -> None:
    line, held = Line(), Consolidation(strength=2.0)
    held.anchor(line, sample(line))
    with torch.no_grad():
        line.bias += 1.0
        line.weight += 1.0
    line.weight.requires_grad_(False)
    assert float(held.penalty(line).detach()) == 5


def test_heads_are_not_held(tmp_path: Path) -> None:
    from mtlbench.encoders import MultitaskEncoder

    heads = [{"task": task, "type": "regression"} for task in ("one", "two")]
    network = MultitaskEncoder.from_pretrained(checkpoint_heads.multitask(tmp_path, "bert", heads))
    ids = torch.tensor([[2, 7, 8, 3]])
    found = fisher(network, [lambda: network("one", ids, labels=torch.tensor([1.0])).loss])
    assert {name.split(".")[0] for name in found} == {"backbone"}
    assert found.keys() == {name for name, _ in network.named_parameters() if not name.startswith("head_list")}


def test_goes_on_from_its_state(tmp_path: Path) -> None:
    line, held = Line(), Consolidation(strength=4.0)
    held.anchor(line, sample(line))
    torch.save(held.state_dict(), tmp_path / "held.pt")
    resumed = Consolidation(strength=4.0)
    resumed.load_state_dict(torch.load(tmp_path / "held.pt"))
    for each in (held, resumed):
        with torch.no_grad():
            line.bias.fill_(2.0)
        each.anchor(line, sample(line))
        with torch.no_grad():
            line.bias.fill_(-1.0)
    assert torch.equal(held.penalty(line), resumed.penalty(line))


def test_an_empty_sample_is_told() -> None:
    with pytest.raises(ValueError, match="at least one example"):
        fisher(Line(), [])
