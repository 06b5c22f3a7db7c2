from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from mtlbench.suite.recipe import AdapterRecipe
from mtlbench.training.freezing import Unfreezing, freeze, parameter_groups
from mtlbench.training.parts import places, shared_parameters
from tests import checkpoint_heads, checkpoints, decoders

TEXT2TEXT, CAUSAL, ENCODERS = ("t5", "bart"), ("gpt2", "llama"), checkpoint_heads.FAMILIES
FAMILIES = (*TEXT2TEXT, *CAUSAL, *ENCODERS)
HEADS = [
    {"task": "mood", "type": "classification", "labels": ["good", "bad"], "hidden": [8]},
    {"task": "a.b", "type": "regression"},
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("networks")
    made = {family: checkpoints.text2text(base / family, family) for family in TEXT2TEXT}
    made |= {family: decoders.decoder(base / family, family) for family in CAUSAL}
    return made | {family: checkpoint_heads.multitask(base / family, family, HEADS) for family in ENCODERS}


def load(folders: dict[str, Path], family: str) -> Any:
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    from mtlbench.encoders import MultitaskEncoder

    if family in ENCODERS:
        return MultitaskEncoder.from_pretrained(folders[family])
    return (AutoModelForSeq2SeqLM if family in TEXT2TEXT else AutoModelForCausalLM).from_pretrained(folders[family])


def train(network: Any, family: str, optimizer: torch.optim.Optimizer) -> None:
    """One step, on all heads."""
    ids = torch.tensor([[6, 7, 8, 9], [10, 11, 12, 13]])
    network.train()
    optimizer.zero_grad()
    if family in ENCODERS:
        for task, labels in (("mood", torch.tensor([0, 1])), ("a.b", torch.tensor([0.5, -0.5]))):
            network(task=task, input_ids=ids, labels=labels).loss.backward()
    else:
        network(input_ids=ids, labels=ids).loss.backward()
    optimizer.step()


def trained(network: nn.Module) -> set[str]:
    return {name for name, parameter in network.named_parameters() if parameter.requires_grad}


EMBEDDINGS = {
    "t5": {"shared.weight"},
    "bart": {
        "model.shared.weight",
        *(
            f"model.{side}.{each}"
            for side in ("encoder", "decoder")
            for each in ("embed_positions.weight", "layernorm_embedding.weight", "layernorm_embedding.bias")
        ),
    },
    "gpt2": {"transformer.wte.weight", "transformer.wpe.weight"},
    "llama": {"model.embed_tokens.weight"},
    "electra": {
        *(f"backbone.embeddings.{each}_embeddings.weight" for each in ("word", "position", "token_type")),
        *(f"backbone.embeddings.LayerNorm.{each}" for each in ("weight", "bias")),
        *(f"backbone.embeddings_project.{each}" for each in ("weight", "bias")),
    },
}
TOP = {
    "t5": {"encoder.final_layer_norm.weight", "decoder.final_layer_norm.weight"},
    "gpt2": {"transformer.ln_f.weight", "transformer.ln_f.bias"},
    "llama": {"model.norm.weight", "lm_head.weight"},
}
FIRST = {
    "t5": ("encoder.block.0.", "decoder.block.0."),
    "bart": ("model.encoder.layers.0.", "model.decoder.layers.0."),
    "gpt2": ("transformer.h.0.",),
    "llama": ("model.layers.0.",),
    "distilbert": ("backbone.transformer.layer.0.",),
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("part", ["embeddings", "layers:1", "layers:2", "backbone", "head:mood", "head:a.b"])
def test_frozen_parts_are_the_same_bit_by_bit_after_training(folders: dict[str, Path], family: str, part: str) -> None:
    network = load(folders, family)
    known = dict(network.named_parameters())
    first = FIRST.get(family, ("backbone.encoder.layer.0.",))
    both = (*first, *(each.replace("0", "1") for each in first))
    expected = {
        "embeddings": EMBEDDINGS.get(family) or {name for name in known if "embeddings" in name},
        "layers:1": {name for name in known if name.startswith(first)},
        "layers:2": {name for name in known if name.startswith(both)},
        "backbone": {name for name in known if not name.startswith(("head_list", "lm_head"))},
        "head:mood": {name for name in known if name.startswith("head_list.0")},
        "head:a.b": {name for name in known if name.startswith("head_list.1")},
    }[part]
    if (
        not expected or expected == known.keys()
    ):  # heads of those that have none; T5, BART, GPT-2 without their backbone
        with pytest.raises(ValueError, match="has no part" if not expected else "nothing is left to train"):
            freeze(network, [part])
        return
    freeze(network, [part])
    assert known.keys() - trained(network) == expected
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.AdamW(parameter_groups(network, 0.1, weight_decay=0.5))
    for _ in range(2):
        train(network, family, optimizer)
    after = network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in expected)
    assert all(torch.equal(before[name], after[name]) for name, _ in network.named_buffers() if name in after)
    assert any(not torch.equal(before[name], after[name]) for name in trained(network))


def test_parts_are_frozen_together(folders: dict[str, Path]) -> None:
    network = load(folders, "bert")
    freeze(network, ["embeddings", "layers:1", "head:mood"])
    assert {name.split(".")[0] + name.split(".")[1] for name in trained(network)} == {"backboneencoder", "head_list1"}
    assert not any("layer.0" in name or "embeddings" in name for name in trained(network))


@pytest.mark.parametrize(
    ("family", "part", "known"),
    [
        ("bert", "layers:3", "backbone, embeddings, layers:1 to layers:2, head:a.b, head:mood"),
        ("bert", "layers:0", "its parts are"),
        ("bert", "layers:-1", "its parts are"),
        ("bert", "head:moood", "its parts are"),
        ("t5", "head:mood", "its parts are backbone, embeddings, layers:1 to layers:2$"),
        ("t5", "encoder", "no part “encoder”"),
    ],
)
def test_a_part_that_is_not_there_is_told(folders: dict[str, Path], family: str, part: str, known: str) -> None:
    network = load(folders, family)
    with pytest.raises(ValueError, match=known):
        freeze(network, ["embeddings", part])
    assert trained(network) == dict(network.named_parameters()).keys()


@pytest.mark.parametrize("family", FAMILIES)
def test_layers_are_unfrozen_from_the_top(folders: dict[str, Path], family: str) -> None:
    network = load(folders, family)
    known = dict(network.named_parameters())
    tied = {"t5": {"shared.weight"}, "bart": {"model.shared.weight"}, "gpt2": {"transformer.wte.weight"}}
    heads = {name for name in known if name.startswith("head_list")} | TOP.get(family, set()) | tied.get(family, set())
    first = FIRST.get(family, ("backbone.encoder.layer.0.",))
    top = {name for name in known if name.startswith(tuple(each.replace("0", "1") for each in first))}
    lower = {name for name in known if name.startswith(first)}
    unfreezing = Unfreezing(network, every=0.1)
    for epoch, expected in (
        (0, heads), (0.09, heads), (0.1, heads | top), (0.199, heads | top), (0.2, heads | top | lower),
        (0.3, set(known)), (7, set(known)), (0, heads),
    ):  # fmt: skip
        unfreezing.apply(epoch)
        assert trained(network) == expected


def test_what_was_frozen_before_stays_so_and_what_is_not_yet_trained_stays_as_it_is(folders: dict[str, Path]) -> None:
    network = load(folders, "bert")
    freeze(network, ["head:a.b"])
    optimizer = torch.optim.AdamW(parameter_groups(network, 0.1, weight_decay=0.5))
    unfreezing = Unfreezing(network, every=1)
    start = {name: value.detach().clone() for name, value in network.named_parameters()}
    for epoch, changed in (
        (0, ("head_list.0",)),
        (1, ("head_list.0", "backbone.encoder.layer.1")),
        (3, ("head_list.0", "backbone")),
    ):
        unfreezing.apply(epoch)
        ids = torch.tensor([[6, 7, 8, 9]])
        optimizer.zero_grad()
        network(task="mood", input_ids=ids, labels=torch.tensor([0])).loss.backward()
        optimizer.step()
        for name, parameter in network.named_parameters():
            assert name.startswith(changed) or torch.equal(parameter, start[name]), name
    assert not torch.equal(
        network.backbone.embeddings.word_embeddings.weight, start["backbone.embeddings.word_embeddings.weight"]
    )


def test_rates_by_layer_by_hand(folders: dict[str, Path]) -> None:
    """Two layers: the top one has the full rate, the one below half of it, embeddings a quarter, heads five times."""
    network = load(folders, "bert")
    groups = parameter_groups(network, 1.0, layer_decay=0.5, head_rate=5.0, weight_decay=0.1)
    names = {parameter: name for name, parameter in network.named_parameters()}
    found = {names[each]: (group["lr"], group["weight_decay"]) for group in groups for each in group["params"]}
    assert found.keys() == set(names.values())
    expected = {
        "backbone.encoder.layer.1.attention.self.query.weight": (1.0, 0.1),
        "backbone.encoder.layer.1.attention.self.query.bias": (1.0, 0.0),
        "backbone.encoder.layer.1.output.LayerNorm.weight": (1.0, 0.0),
        "backbone.encoder.layer.0.output.dense.weight": (0.5, 0.1),
        "backbone.encoder.layer.0.output.LayerNorm.bias": (0.5, 0.0),
        "backbone.embeddings.word_embeddings.weight": (0.25, 0.1),
        "backbone.embeddings.LayerNorm.weight": (0.25, 0.0),
        "head_list.0.layers.1.weight": (5.0, 0.1),
        "head_list.0.layers.1.bias": (5.0, 0.0),
        "head_list.1.output.weight": (5.0, 0.1),
    }
    assert {name: found[name] for name in expected} == expected
    assert len(groups) == 8


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        # its embeddings are its output matrix
        ("t5", {"shared.weight": 1.0, "encoder.final_layer_norm.weight": 1.0, "decoder.block.1.layer.0.SelfAttention.q.weight": 1.0,
                "decoder.block.0.layer.0.SelfAttention.q.weight": 0.5, "encoder.block.0.layer.0.SelfAttention.q.weight": 0.5}),
        ("llama", {"lm_head.weight": 3.0, "model.embed_tokens.weight": 0.25, "model.layers.0.mlp.up_proj.weight": 0.5}),
    ],
)  # fmt: skip
def test_rates_by_layer_of_language_models(folders: dict[str, Path], family: str, expected: dict[str, float]) -> None:
    network = load(folders, family)
    names = {parameter: name for name, parameter in network.named_parameters()}
    groups = parameter_groups(network, 1.0, layer_decay=0.5, head_rate=3.0)
    found = {names[each]: group["lr"] for group in groups for each in group["params"]}
    assert {name: found[name] for name in expected} == expected


def test_frozen_parameters_are_in_no_group(folders: dict[str, Path]) -> None:
    network = load(folders, "bert")
    freeze(network, ["backbone", "head:mood"])
    grouped = [each for group in parameter_groups(network, 1.0) for each in group["params"]]
    assert list(map(id, grouped)) == [id(each) for each in network.heads["a.b"].parameters()]


def test_all_but_heads_is_shared(folders: dict[str, Path]) -> None:
    bert = load(folders, "bert")
    assert {name.split(".")[0] for name in shared_parameters(bert)} == {"backbone"}
    llama = load(folders, "llama")
    assert shared_parameters(llama).keys() == dict(llama.named_parameters()).keys()
    freeze(llama, ["embeddings"])
    assert "model.embed_tokens.weight" not in shared_parameters(llama)


def test_an_adapter_stands_in_the_layers_that_it_changes(folders: dict[str, Path]) -> None:
    from mtlbench.training.adapters import adapted

    network = adapted(load(folders, "bert"), AdapterRecipe(type="lora"), "heads")
    assert len(shared_parameters(network)) == 2 * 2 * 2
    freeze(network, ["layers:1", "head:mood"])
    assert len(shared_parameters(network)) == 2 * 2
    assert {place.task for name, place in places(network).items() if name in trained(network)} == {None, "a.b"}
    scaled = adapted(load(folders, "bert"), AdapterRecipe(type="ia3"), "heads")
    decayed = [
        each
        for group in parameter_groups(scaled, 1.0, weight_decay=0.1)
        if group["weight_decay"]
        for each in group["params"]
    ]
    assert len(decayed) == 3  # the matrices of heads
