"""Each type of head on cases small enough to reckon by hand: logits, and losses where all outputs are alike."""

from __future__ import annotations

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from mtlbench.encoders import HEADS, HeadConfig, ParseScores  # noqa: E402

HIDDEN = [[[1.0], [3.0], [9.0]]]
MASK = [[1, 1, 0]]
"""One input of two tokens and padding, with hidden states of size 1."""


def made(type_: str, size: int = 1, **keys: Any) -> Any:
    return HEADS[type_](HeadConfig("t", type_, **{"dropout": 0.0, **keys}), size).eval()


def set_output(head: Any, weight: list[list[float]], bias: list[float]) -> Any:
    with torch.no_grad():
        head.output.weight[:] = torch.tensor(weight)
        head.output.bias[:] = torch.tensor(bias)
    return head


@pytest.mark.parametrize(("pooling", "pooled"), [("first", 1.0), ("mean", 2.0), ("max", 3.0)])
@pytest.mark.parametrize("type_", ["classification", "multilabel"])
def test_pooled_heads(type_: str, pooling: str, pooled: float) -> None:
    head = set_output(made(type_, labels=("a", "b"), pooling=pooling), [[2.0], [-1.0]], [0.5, 0.0])
    assert head(torch.tensor(HIDDEN), torch.tensor(MASK)).tolist() == [[2 * pooled + 0.5, -pooled]]


def test_regression() -> None:
    head = set_output(made("regression", pooling="mean"), [[2.0]], [1.0])
    logits = head(torch.tensor(HIDDEN), torch.tensor(MASK))
    assert logits.tolist() == [5.0]
    assert head.loss(logits, torch.tensor([2.0])).item() == 9.0


def test_tags_are_read_from_each_words_first_token() -> None:
    head = set_output(made("tagging", labels=("O", "B")), [[1.0], [-1.0]], [0.0, 0.0])
    logits = head(torch.tensor(HIDDEN), torch.tensor(MASK), words=torch.tensor([[1, 0, -1]]))
    assert logits[0, :2].tolist() == [[3.0, -3.0], [1.0, -1.0]]


def test_a_span_is_none_of_padding() -> None:
    head = set_output(made("span"), [[1.0], [2.0]], [0.0, 0.0])
    logits = head(torch.tensor(HIDDEN), torch.tensor(MASK))
    assert logits[0, :2].tolist() == [[1.0, 2.0], [3.0, 6.0]]
    assert logits[0, 2].softmax(-1).isfinite().all()
    assert logits.softmax(1)[0, 2].tolist() == [0.0, 0.0]


def test_choices_may_differ_in_number() -> None:
    head = set_output(made("multiple_choice"), [[1.0]], [0.0])
    hidden, mask = torch.tensor([[HIDDEN[0], HIDDEN[0]], [HIDDEN[0], HIDDEN[0]]]), torch.ones(2, 2, 3)
    mask[1, 1] = 0
    logits = head(hidden, mask)
    assert logits.softmax(-1).tolist() == [[0.5, 0.5], [1.0, 0.0]]
    assert head.loss(logits, torch.tensor([1, 0])).item() == pytest.approx(math.log(2) / 2)


def test_hidden_layers_and_their_short_form() -> None:
    assert HeadConfig("t", "regression", hidden=0) == HeadConfig("t", "regression", hidden=())  # type: ignore[arg-type]
    assert HeadConfig("t", "regression", hidden=8) == HeadConfig("t", "regression", hidden=(8,))  # type: ignore[arg-type]
    head = made("regression", size=4, hidden=(8, 6))
    sizes = [tuple(p.shape) for p in head.parameters() if p.dim() == 2]
    assert sizes == [(8, 4), (6, 8), (1, 6)]


@pytest.mark.parametrize(
    ("type_", "logits", "labels", "loss"),
    [
        ("classification", torch.zeros(2, 3), torch.tensor([0, 2]), math.log(3)),
        ("multilabel", torch.zeros(1, 2), torch.tensor([[1, 0]]), math.log(2)),
        ("regression", torch.tensor([1.0, 4.0]), torch.tensor([2.0, 2.0]), 2.5),
        ("tagging", torch.zeros(1, 3, 2), torch.tensor([[0, 1, -100]]), math.log(2)),
        ("span", torch.zeros(1, 4, 2), torch.tensor([[1, 2]]), math.log(4)),
        ("multiple_choice", torch.zeros(1, 2), torch.tensor([1]), math.log(2)),
    ],
)
def test_losses(type_: str, logits: Any, labels: Any, loss: float) -> None:
    assert made(type_, labels=("a", "b", "c")).loss(logits, labels).item() == pytest.approx(loss)


def test_loss_of_a_parse() -> None:
    """Two words: the heads of two candidates each, relations of three."""
    arcs = torch.tensor([[[0.0, -1e30, 0.0], [0.0, 0.0, -1e30]]])
    scores = ParseScores(arcs, torch.zeros(1, 2, 3, 3))
    head = made("parsing", labels=("a", "b", "c"))
    assert head.loss(scores, torch.tensor([[[2, 1], [0, 0]]])).item() == pytest.approx(math.log(2) + math.log(3))
    assert head.loss(scores, torch.tensor([[[2, 1], [-100, -100]]])).item() == pytest.approx(math.log(2) + math.log(3))


def test_arcs_are_biaffine() -> None:
    """[dependent; 1]ᵀ U [head; 1], the root being the first token; no arc to oneself, nor to no word."""
    head = made("parsing", labels=("r", "s"))
    with torch.no_grad():
        head.arcs.weight[0] = torch.tensor([[2.0, 1.0], [5.0, 0.0]])
        head.relations.weight[1] = torch.tensor([[0.0, 1.0], [0.0, 0.0]])
    arcs, relations = head(torch.tensor([[[1.0], [3.0], [4.0]]]), torch.ones(1, 3), words=torch.tensor([[1, 2, -1]]))
    lowest = torch.finfo(torch.float32).min

    def arc(dependent: float, over: float) -> float:
        return 2 * dependent * over + dependent + 5 * over

    assert arcs[0, :2].tolist() == [
        [arc(3, 1), lowest, arc(3, 4), lowest],
        [arc(4, 1), arc(4, 3), lowest, lowest],
    ]
    assert relations[0, 0, 2].tolist() == [0.0, 3.0]
