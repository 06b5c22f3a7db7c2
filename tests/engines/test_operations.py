"""Operations counted by PyTorch equal those counted by hand, and parameters that meet one input."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from mtlbench.engines.active import active_parameters
from mtlbench.engines.base import Asked, Engine, Identity, Output, Request
from mtlbench.engines.checkpoint import Checkpoint
from mtlbench.engines.operations import flops_per_example
from mtlbench.suite.declarations import Generation, Model
from mtlbench.tasks.question import Question
from tests.checkpoint_heads import headed, multitask
from tests.engines.test_heads import LABELS, load, questions, requests

MOOD = Asked("mood", "label", LABELS)
HIDDEN, INNER, LAYERS = 32, 48, 2


def asked(texts: Sequence[str]) -> list[Request]:
    return [Request(n, MOOD, str(n), n, Question(text), Generation()) for n, text in enumerate(texts)]


class Linear(Engine):
    """A product of (words of the text) × 3 with 3 × 5 for each request, or nothing."""

    def __init__(self, works: bool = True) -> None:
        self.works, self.seen = works, list[str]()

    def run(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Output]]]:
        import torch

        self.seen += [request.text for request in requests]
        longest = max(len(request.text.split()) for request in requests)
        if self.works:
            with torch.inference_mode():
                torch.nn.functional.linear(torch.ones(len(requests), longest, 3), torch.ones(5, 3)).relu()
        yield [(request.number, Output("")) for request in requests]


def test_a_product_counts_twice_its_sizes() -> None:
    """2·m·3·5 of rows of m = 1, 2, 3 and 6 words, each alone: the short ones are not padded to the long one."""
    assert flops_per_example(Linear(), asked(["a", "a a", "a a a", "a a a a a a"])) == 2 * 3 * 5 * (1 + 2 + 3 + 6) / 4


def test_a_few_rows_are_counted_spread_over_the_task() -> None:
    engine = Linear()
    flops_per_example(engine, asked([str(number) for number in range(10)]))
    assert engine.seen == ["0", "3", "6", "9"]


def test_what_counts_nothing_is_not_known() -> None:
    assert flops_per_example(Linear(works=False), asked(["a"])) is None


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_an_encoder_by_hand(attention: str, tmp_path: Path) -> None:
    """Both ways to attend take the same products, of which PyTorch's own table lacks the processor's fused one."""
    folder = headed(tmp_path, "bert", "SequenceClassification", LABELS)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "_attn_implementation": attention}))
    engine, rows = load(folder), requests(MOOD, questions(4))
    expected = 0
    for _, output in (each for batch in engine.run(rows) for each in batch):
        length = output.input_tokens or 0
        products = 4 * HIDDEN * HIDDEN + 2 * HIDDEN * INNER + 2 * length * HIDDEN  # query … output, inner, attention
        expected += 2 * (LAYERS * length * products + HIDDEN * HIDDEN + HIDDEN * len(LABELS))  # pooler and head
    assert flops_per_example(engine, rows) == expected / 4


def tensors(folder: Path, config: dict[str, Any], shapes: dict[str, list[int]]) -> Identity:
    """A checkpoint's files with weights of these shapes."""
    from safetensors.torch import save_file
    from torch import zeros

    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    save_file({name: zeros(shape) for name, shape in shapes.items()}, folder / "model.safetensors")
    return Identity("causal", "e", "", "", folder, parameters=Checkpoint(folder).parameters)


ONE_EACH = {f"layers.0.mlp.experts.{number}.up.weight": [2, 5] for number in range(4)}
TOGETHER = {"layers.0.mlp.experts.gate_up_proj": [4, 2, 5]}
SHARED = {"embed.weight": [3, 7], "layers.0.mlp.shared_experts.up.weight": [2, 5]}


@pytest.mark.parametrize(
    ("config", "shapes", "expected"),
    [
        ({"num_local_experts": 4, "num_experts_per_tok": 1}, ONE_EACH, 31 + 10),
        ({"num_experts": 4, "num_experts_per_tok": 2}, TOGETHER, 31 + 20),
        ({"n_routed_experts": 4, "num_experts_per_tok": 3}, ONE_EACH, 31 + 30),
        ({"model_type": "switch_transformers", "num_experts": 4}, ONE_EACH, 31 + 10),
        ({"num_experts": 4}, ONE_EACH, None),
        ({"num_experts_per_tok": 2}, ONE_EACH, None),
        ({"num_experts": 0}, {}, 31),
    ],
)
def test_of_experts_those_that_a_token_meets(
    config: dict[str, Any], shapes: dict[str, list[int]], expected: int | None, tmp_path: Path
) -> None:
    identity = tensors(tmp_path, config, {**SHARED, **shapes})
    assert active_parameters(identity, Model(checkpoint="m"), "any") == expected


def test_of_heads_the_tasks_own(tmp_path: Path) -> None:
    """A linear head of three labels has 32 · 3 + 3 parameters, one of numbers 32 + 1; the encoder is shared."""
    heads = [{"task": "mood", "type": "classification", "labels": LABELS}, {"task": "score", "type": "regression"}]
    folder = multitask(tmp_path, "bert", heads)
    whole = Checkpoint(folder).parameters
    identity = Identity("heads", "e", "", "", folder, parameters=whole)
    found = {task: active_parameters(identity, Model(checkpoint="m"), task) for task in ("mood", "score")}
    assert found == {"mood": whole - 33, "score": whole - 99}


def test_of_several_checkpoints_the_tasks_own(tmp_path: Path) -> None:
    tensors(tmp_path / "a", {}, {"w": [2, 3]})
    tensors(tmp_path / "b", {}, {"w": [4, 5]})
    identity = Identity("heads", "e", "", "", tmp_path, parameters=26)
    model = Model(checkpoints={"mood": "a", "score": "b"})
    assert [active_parameters(identity, model, task) for task in ("mood", "score")] == [6, 20]


def test_predictions_have_none(tmp_path: Path) -> None:
    assert active_parameters(Identity("predictions", "e", "", "", tmp_path), Model(predictions="p"), "any") is None
