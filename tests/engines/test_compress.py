"""Quantised and pruned variants: which weights change and by how much, and what a device cannot do."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mtlbench.engines.bases import BASES
from mtlbench.engines.causal import Causal
from mtlbench.engines.compress import check_compression, compressed, linear_layers
from mtlbench.engines.memory import weight_bytes
from mtlbench.engines.text2text import Text2Text
from mtlbench.suite.declarations import Model
from mtlbench.suite.faults import InputError
from tests import decoders
from tests.projects import mtlbench, the_run, write_project


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory, t5: Path, bart: Path) -> dict[str, Any]:
    import transformers

    auto = transformers.AutoModelForSeq2SeqLM
    gpt2 = decoders.decoder(tmp_path_factory.mktemp("gpt2"), "gpt2")
    config = transformers.BertConfig(
        vocab_size=60, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, num_labels=3
    )
    return {
        "t5": auto.from_pretrained(t5).eval(),
        "bart": auto.from_pretrained(bart).eval(),
        "gpt2": transformers.AutoModelForCausalLM.from_pretrained(gpt2).eval(),
        "bert": transformers.BertForSequenceClassification(config).eval(),
    }


FAMILIES = ["t5", "bart", "gpt2", "bert"]


@pytest.mark.parametrize("family", FAMILIES)
def test_pruning_is_torchs_own_by_layer(networks: dict[str, Any], family: str) -> None:
    import torch
    from torch.nn.utils import prune

    mine, theirs = copy.deepcopy(networks[family]), copy.deepcopy(networks[family])
    compressed(mine, Model(checkpoint="x", prune=0.3), "cpu")
    for layer in linear_layers(theirs).values():
        prune.l1_unstructured(layer, "weight", amount=0.3)
        prune.remove(layer, "weight")
    expected = theirs.state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in mine.state_dict().items())
    for layer in linear_layers(mine).values():
        assert int((layer.weight == 0).sum()) == round(0.3 * layer.weight.numel())
    output = mine.get_output_embeddings()
    assert output is None or output.weight is mine.get_input_embeddings().weight


@pytest.mark.parametrize("family", FAMILIES)
def test_int8_keeps_every_weight_within_half_a_step_and_the_embeddings_as_they_are(
    networks: dict[str, Any], family: str
) -> None:
    import torch

    network = copy.deepcopy(networks[family])
    layers, output = linear_layers(network), network.get_output_embeddings()
    names = {id(layer): name for name, layer in network.named_modules()}
    before = {
        names[id(layer)]: (layer.weight if isinstance(layer, torch.nn.Linear) else layer.weight.T).detach()
        for layer in [*layers.values(), *([] if output is None else [output])]
    }
    embeddings, whole = network.get_input_embeddings().weight.detach().clone(), weight_bytes(network)
    compressed(network, Model(checkpoint="x", quantize="int8"), "cpu")
    for name, weight in before.items():
        packed = network.get_submodule(name).weight()
        step = packed.q_per_channel_scales().float()[:, None]
        assert packed.dtype == torch.qint8
        assert ((packed.dequantize() - weight).abs() <= 0.51 * step).all()
    assert torch.equal(network.get_input_embeddings().weight, embeddings)
    own = 0 if output is None else output.weight.numel()  # what was shared with the embeddings is now a copy
    numbers = sum(weight.numel() for weight in before.values()) - own
    saved = whole - weight_bytes(network)
    outputs = sum(len(weight) for weight in before.values())
    assert 3 * numbers - own - 16 * outputs <= saved <= 3 * numbers - own


@pytest.mark.parametrize("family", FAMILIES)
def test_an_int8_row_does_not_depend_on_the_rows_beside_it(networks: dict[str, Any], family: str) -> None:
    import torch

    from mtlbench.engines.layers.int8 import Int8Linear

    network = compressed(copy.deepcopy(networks[family]), Model(checkpoint="x", quantize="int8"), "cpu")
    layers = [layer for layer in network.modules() if isinstance(layer, Int8Linear)]
    assert layers
    for layer in layers:
        rows = torch.randn(5, layer.weight().shape[1]) * torch.tensor([1e-3, 1.0, 50.0, 1.0, 0.0])[:, None]
        together = layer(rows[None])
        exact = rows @ layer.weight().dequantize().T + (0.0 if layer.bias is None else layer.bias)
        for row, found, wanted in zip(rows, together[0], exact, strict=True):
            assert torch.equal(layer(row[None])[0], found)
            assert (found - wanted).abs().max() <= 0.01 * row.abs().max() * layer.weight().dequantize().abs().sum(
                1
            ).max()


def test_joined_int8_layers_say_the_same(networks: dict[str, Any]) -> None:
    import torch

    from mtlbench.engines.layers.int8 import Int8Linear

    torch.manual_seed(0)
    layers = [Int8Linear.of(torch.nn.Linear(16, outputs, bias=True)) for outputs in (4, 8, 3)]
    rows = torch.randn(6, 16)
    assert torch.equal(Int8Linear.joined(layers)(rows), torch.cat([layer(rows) for layer in layers], dim=-1))


@pytest.mark.parametrize(
    ("keys", "device", "dtype", "message"),
    [
        ({"quantize": "int4"}, "cpu", "float32", "`quantize: int4` needs a GPU"),
        ({"quantize": "fp8"}, "cpu", "float32", "`quantize: fp8` needs a GPU"),
        ({"quantize": "int8"}, "cpu", "bfloat16", "on the CPU is of float32 models, not bfloat16"),
        ({"quantize": "int8"}, "mps", "float32", "needs a GPU (CUDA), and this run is on mps"),
        ({"quantize": "int8", "adapter": "a"}, "cpu", "float32", "do not go together"),
        ({"quantize": "int8"}, "cpu", "float32", None),
        ({"prune": 0.5, "adapter": "a"}, "cpu", "bfloat16", None),
    ],
)
def test_what_a_device_cannot_do(keys: dict[str, Any], device: str, dtype: str, message: str | None) -> None:
    model = Model(checkpoint="x", **keys)
    if message is None:
        check_compression(model, device, dtype)
        return
    with pytest.raises(InputError) as raised:
        check_compression(model, device, dtype)
    assert message in str(raised.value)


def test_each_variant_is_a_model_of_its_own_to_the_cache(t5: Path) -> None:
    from mtlbench.engines import Options

    variants: list[dict[str, Any]] = [{}, {"quantize": "int8"}, {"prune": 0.3}, {"prune": 0.4}]
    found = [Text2Text.identify(Model(checkpoint=str(t5), **keys), Path(), Options(device="cpu")) for keys in variants]
    assert len({identity.fingerprint for identity in found}) == len(variants)
    assert len({identity.base for identity in found}) == 1


def test_variants_in_a_suite(t5: Path, tmp_path: Path) -> None:
    BASES.release()
    shutil.copytree(t5, tmp_path / "t5")
    suite = write_project(tmp_path, Path("t5"), rows=12)
    more = "int8: {checkpoint: t5, quantize: int8}\n  pruned: {checkpoint: t5, prune: 0.3}\n  half: {checkpoint: t5, dtype: bfloat16}"
    suite.write_text(suite.read_text().replace("elsewhere: {predictions: outputs}", more))
    done = mtlbench("run", "suite.yaml", "--device", "cpu", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    results = json.loads((the_run(tmp_path) / "results.json").read_text())
    overall = {row["model"]: row for row in results["variants"] if row["task"] == "overall"}
    assert {name: row["what"] for name, row in overall.items()} == {
        "int8": "quantize: int8", "pruned": "prune: 0.3", "half": "dtype: bfloat16",
    }  # fmt: skip
    assert overall["int8"]["memory_ratio"] < 0.5
    assert overall["half"]["memory_ratio"] == 0.5
    assert overall["pruned"]["memory_ratio"] == 1.0
    assert all(row["bytes_ratio"] == 1.0 and row["delta"] is not None for row in overall.values())
    assert 'id="variants"' in (the_run(tmp_path) / "index.html").read_text()
    assert "dtype: bfloat16" in done.stdout
    again = mtlbench("run", "suite.yaml", "--device", "cpu", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    results = json.loads((the_run(tmp_path) / "results.json").read_text())
    assert {row["speed_ratio"] for row in results["variants"]} == {None}
    assert all("came from the cache" in row["reason"] for row in results["variants"])


def test_a_gpus_number_type_on_the_cpu_is_refused_before_inference(t5: Path, tmp_path: Path) -> None:
    shutil.copytree(t5, tmp_path / "t5")
    suite = write_project(tmp_path, Path("t5"), rows=4)
    suite.write_text(
        suite.read_text().replace(
            "{predictions: outputs}", "{checkpoint: t5, quantize: int4}\n  other: {predictions: outputs, prune: 0.2}"
        )
    )
    done = mtlbench("run", "suite.yaml", "--device", "cpu", cwd=tmp_path)
    assert done.returncode == 2
    assert "`prune` is no key of models of kind predictions" in done.stderr
    suite.write_text(suite.read_text().replace(", prune: 0.2", ""))
    done = mtlbench("run", "suite.yaml", "--device", "cpu", cwd=tmp_path)
    assert done.returncode == 2
    assert "`quantize: int4` needs a GPU (CUDA), and this run is on cpu" in done.stderr


def test_compressed_decoders_still_answer(networks: dict[str, Any]) -> None:
    import torch

    network = compressed(copy.deepcopy(networks["gpt2"]), Model(checkpoint="x", quantize="int8", prune=0.2), "cpu")
    ids = torch.tensor([[5, 6, 7]])
    with torch.inference_mode():
        changed, whole = network(ids).logits, networks["gpt2"](ids).logits
    assert changed.shape == whole.shape
    assert 0 < float((changed - whole).abs().max()) < float(whole.abs().max())
    assert Causal.takes >= {"adapter", "quantize", "prune"}
