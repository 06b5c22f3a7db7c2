from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from mtlbench.suite.recipe import AdapterRecipe
from mtlbench.training.adapters import adapted, merged, trainable_share
from tests import checkpoint_heads, checkpoints, decoders

KINDS = {
    "t5": "text2text",
    "bart": "text2text",
    "gpt2": "causal",
    "llama": "causal",
    "bert": "heads",
    "distilbert": "heads",
}
HEADS = [{"task": "mood", "type": "classification", "labels": ["good", "bad"]}, {"task": "many", "type": "regression"}]
HEAD_WEIGHTS = 32 * 2 + 2 + 32 + 1


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("networks")
    make = {"text2text": checkpoints.text2text, "causal": decoders.decoder}
    made = {family: make[kind](base / family, family) for family, kind in KINDS.items() if kind in make}
    heads = [family for family, kind in KINDS.items() if kind == "heads"]
    return made | {family: checkpoint_heads.multitask(base / family, family, HEADS) for family in heads}


def load(folders: dict[str, Path], family: str) -> Any:
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    from mtlbench.encoders import MultitaskEncoder

    classes = {"text2text": AutoModelForSeq2SeqLM, "causal": AutoModelForCausalLM, "heads": MultitaskEncoder}
    return classes[KINDS[family]].from_pretrained(folders[family])


def loss(network: Any, family: str) -> torch.Tensor:
    ids = torch.tensor([[6, 7, 8, 9], [10, 11, 12, 13]])
    own = {"task": "mood", "labels": torch.tensor([0, 1])} if KINDS[family] == "heads" else {"labels": ids}
    value: torch.Tensor = network(input_ids=ids, attention_mask=torch.ones_like(ids), **own).loss
    return value


# Hidden size 32, two layers (T5 and BART two and two, with three attentions to a pair of them); Llama has half as many
# keys and values, 48 feed-forward units in encoders and 64 elsewhere.
SHARES: list[tuple[str, dict[str, Any], int]] = [
    ("t5", {"type": "lora", "rank": 4}, 2 * 3 * 2 * 4 * (32 + 32)),
    ("t5", {"type": "lora", "rank": 2, "modules": ["wo", "q"]}, 4 * 2 * (64 + 32) + 6 * 2 * (32 + 32)),
    ("t5", {"type": "ia3"}, 6 * 2 * 32 + 4 * 64),
    ("t5", {"type": "prefix", "tokens": 5}, 5 * 2 * 2 * 32),
    ("t5", {"type": "prompt", "tokens": 5}, 2 * 5 * 32),  # PEFT makes vectors for the decoder too
    ("bart", {"type": "lora"}, 2 * 3 * 2 * 8 * (32 + 32)),
    ("gpt2", {"type": "lora"}, 2 * 8 * (32 + 96)),
    ("gpt2", {"type": "ia3"}, 2 * (96 + 128)),
    ("llama", {"type": "lora"}, 2 * 8 * (32 + 32 + 32 + 16)),
    ("llama", {"type": "ia3"}, 2 * (16 + 16 + 64)),
    ("llama", {"type": "prefix", "tokens": 3}, 3 * 2 * 2 * 16),
    ("llama", {"type": "prompt", "tokens": 3}, 3 * 32),
    ("bert", {"type": "lora", "rank": 8}, 2 * 2 * 8 * (32 + 32) + HEAD_WEIGHTS),
    ("bert", {"type": "ia3"}, 2 * (32 + 32 + 32 + 48) + HEAD_WEIGHTS),
    ("distilbert", {"type": "lora", "modules": ["q_lin", "lin1"]}, 2 * 8 * (32 + 32 + 32 + 48) + HEAD_WEIGHTS),
]


@pytest.mark.parametrize(("family", "recipe", "weights"), SHARES, ids=str)
def test_share_of_trained_weights(folders: dict[str, Path], family: str, recipe: dict[str, Any], weights: int) -> None:
    network = load(folders, family)
    whole = sum(each.numel() for each in network.parameters())
    made = adapted(network, AdapterRecipe(**recipe), KINDS[family])
    assert trainable_share(made) == weights / (whole + weights)  # PEFT keeps heads as they were beside those it trains


@pytest.mark.parametrize("family", KINDS)
@pytest.mark.parametrize("type", ["lora", "ia3", "prefix", "prompt"])
def test_the_adapter_learns_and_nothing_else_does(folders: dict[str, Path], family: str, type: str) -> None:
    if KINDS[family] == "heads" and type in ("prefix", "prompt"):
        with pytest.raises(ValueError, match=f"a {type} adapter is for models that generate text, not for heads"):
            adapted(load(folders, family), AdapterRecipe(type=type), "heads")
        return
    torch.manual_seed(0)
    modules = {"distilbert": ["q_lin", "lin2"]}.get(family)
    network = adapted(load(folders, family), AdapterRecipe(type=type, tokens=3, modules=modules), KINDS[family]).eval()
    before = {name: each.detach().clone() for name, each in network.named_parameters()}
    optimizer = torch.optim.AdamW([each for each in network.parameters() if each.requires_grad], lr=0.02)
    losses = []
    for _ in range(8):
        optimizer.zero_grad()
        value = loss(network, family)
        value.backward()
        optimizer.step()
        losses.append(float(value.detach()))
    assert losses[-1] < losses[0]
    for name, parameter in network.named_parameters():
        assert parameter.requires_grad or torch.equal(parameter, before[name]), name


@pytest.mark.parametrize(
    ("family", "recipe", "message"),
    [
        ("distilbert", {"type": "lora"}, "of type distilbert has none that PEFT would choose for lora: .* of k_lin, lin1, lin2, out_lin, q_lin, v_lin$"),
        ("bert", {"type": "lora", "modules": ["query", "q", "output.query"]}, "of type bert has no layers called q, output.query"),
        ("gpt2", {"type": "ia3", "modules": ["attn"[:3]]}, "no layers called att: .* c_attn, c_fc, c_proj, lm_head"),
    ],
)  # fmt: skip
def test_layers_that_are_not_there_are_told(
    folders: dict[str, Path], family: str, recipe: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        adapted(load(folders, family), AdapterRecipe(**recipe), KINDS[family])


def test_lora_is_scaled_by_alpha_over_rank(folders: dict[str, Path]) -> None:
    network = adapted(load(folders, "t5"), AdapterRecipe(type="lora", rank=4, alpha=2.0, dropout=0.25), "text2text")
    layer = network.get_submodule("base_model.model.encoder.block.0.layer.0.SelfAttention.q")
    assert layer.scaling == {"default": 0.5}
    assert layer.lora_dropout["default"].p == 0.25


@pytest.mark.parametrize(("family", "type"), [("t5", "lora"), ("gpt2", "prompt"), ("bert", "lora"), ("bert", "ia3")])
def test_a_saved_adapter_comes_back(folders: dict[str, Path], tmp_path: Path, family: str, type: str) -> None:
    import peft

    network = adapted(load(folders, family), AdapterRecipe(type=type), KINDS[family]).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter.normal_(0, 0.3)
    network.save_pretrained(tmp_path)
    again = peft.PeftModel.from_pretrained(load(folders, family), tmp_path).eval()
    assert torch.equal(loss(network, family), loss(again, family))


@pytest.mark.parametrize(("family", "type"), [("bert", "lora"), ("bert", "ia3"), ("t5", "lora"), ("gpt2", "ia3")])
def test_a_merged_adapter_is_in_the_network_itself(folders: dict[str, Path], family: str, type: str) -> None:
    network = adapted(load(folders, family), AdapterRecipe(type=type), KINDS[family]).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter.normal_(0, 0.3)
    expected = loss(network, family)
    alone = merged(network)
    assert dict(alone.named_parameters()).keys() == dict(load(folders, family).named_parameters()).keys()
    assert torch.allclose(loss(alone, family), expected, atol=1e-4)
