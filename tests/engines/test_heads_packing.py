"""Rows end to end: an encoder's outputs are those of padded batches, whatever rows are answered together."""

from __future__ import annotations

import random
import threading
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlbench.engines.base import Asked, Options, Request
from mtlbench.engines.batching import pad_rows
from mtlbench.engines.heads import Heads
from mtlbench.engines.heads.packing import LAYERS, pack_layers
from mtlbench.suite.declarations import Model
from tests.checkpoint_heads import FAMILIES, headed, multitask, sharpen
from tests.engines.test_heads import LABELS, TAGS, answers, load, questions, requests
from tests.engines.test_heads_multitask import HEADS, everything

VOCABULARY, PADDING = 50, 1
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
OWN: dict[str, dict[str, Any]] = {
    "albert": {**SIZES, "embedding_size": 16},
    "electra": {**SIZES, "embedding_size": 16},
    "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48},
}
PACKED = (
    "albert",
    "bert",
    "camembert",
    "data2vec-text",
    "distilbert",
    "electra",
    "ernie",
    "roberta",
    "roberta-prelayernorm",
    "xlm-roberta",
    "xlm-roberta-xl",
)
USES = ("SequenceClassification", "TokenClassification", "QuestionAnswering", "MultipleChoice")
LENGTHS = st.lists(st.integers(3, 20), min_size=1, max_size=8).map(lambda found: sorted(found, reverse=True))


def network(family: str, head: str) -> Any:
    torch.manual_seed(1)
    config = transformers.AutoConfig.for_model(
        family, vocab_size=VOCABULARY, pad_token_id=PADDING, max_position_embeddings=40, **OWN.get(family, SIZES)
    )
    return sharpen(getattr(transformers, f"AutoModelFor{head}").from_config(config)).eval()


def batch(lengths: list[int]) -> dict[str, Any]:
    chance = random.Random(str(lengths))
    ids, mask = pad_rows([[chance.randrange(2, VOCABULARY) for _ in range(length)] for length in lengths], PADDING)
    return {"input_ids": ids, "attention_mask": mask}


def logits(network: Any, head: str, inputs: dict[str, Any]) -> Any:
    """0 where there is padding."""
    given = {name: tensor[:, None] for name, tensor in inputs.items()} if head == "MultipleChoice" else inputs
    with torch.inference_mode():
        output = network(**given)
    spans = head == "QuestionAnswering"
    found = torch.stack([output.start_logits, output.end_logits], -1) if spans else output.logits
    return found * inputs["attention_mask"][..., None] if found.dim() == 3 else found


def test_every_family_that_is_packed_is_tried() -> None:
    assert {type(network(family, "TokenClassification").base_model).__name__ for family in PACKED} == LAYERS.keys()


@pytest.mark.parametrize("family", PACKED)
@pytest.mark.parametrize("head", USES)
def test_logits_are_those_of_padded_rows(family: str, head: str) -> None:
    padded = network(family, head)
    packed = deepcopy(padded)
    pack_layers(packed)
    seen: list[int] = []
    layer = next(part for name, part in packed.named_modules() if name.endswith(("output.dense", "lin2", "ffn_output")))
    layer.register_forward_hook(lambda module, args, output: seen.append(output.shape[:-1].numel()))

    @settings(max_examples=10, deadline=None)
    @given(LENGTHS)
    def check(lengths: list[int]) -> None:
        seen.clear()
        inputs = batch(lengths)
        wanted = logits(padded, head, inputs)
        torch.testing.assert_close(logits(packed, head, inputs), wanted, atol=1e-5, rtol=1e-5)
        assert seen[0] == sum(lengths)

    check()


@pytest.mark.parametrize("decoder", [False, True])
def test_other_networks_are_left_alone(decoder: bool) -> None:
    """A class of the same name in a checkpoint's own code, and layers that look back alone."""
    config = transformers.AutoConfig.for_model("bert", vocab_size=VOCABULARY, is_decoder=decoder, **SIZES)
    made = (transformers.BertModel if decoder else type("BertModel", (transformers.BertModel,), {}))(config).eval()
    other = deepcopy(made)
    pack_layers(other)
    with torch.inference_mode():
        found, wanted = (each(**batch([5, 3])).last_hidden_state for each in (other, made))
    assert other.config._attn_implementation == made.config._attn_implementation
    torch.testing.assert_close(found, wanted)


@pytest.fixture(scope="module", params=["bert", "roberta", "distilbert", "deberta-v2"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Heads:
    return load(multitask(tmp_path_factory.mktemp("heads"), request.param, HEADS))


@settings(max_examples=10, deadline=None)
@given(chosen=st.sets(st.integers(0, 44), min_size=1), budget=st.integers(1, 200))
def test_batch_composition_changes_no_output(engine: Heads, chosen: set[int], budget: int) -> None:
    """All types of heads; only numbers that tie may round otherwise."""
    whole = everything(5)
    asking = [whole[index] for index in sorted(chosen)]
    wanted = answers(engine, whole)
    served = engine._served[None]
    before, served._batcher.budget = served._batcher.budget, budget
    found = answers(engine, asking)
    served._batcher.budget = before
    for request, output in zip(asking, found, strict=True):
        expected = wanted[request.number]
        if request.asked.form == "number":
            assert float(output.text) == pytest.approx(float(expected.text), rel=1e-5, abs=1e-5)
        else:
            assert output.text == expected.text
        assert (output.scores or []) == pytest.approx(expected.scores or [], abs=1e-5)


def test_what_is_read_in_another_thread_meanwhile_is_answered_the_same(tmp_path: Path) -> None:
    engine, whole = load(multitask(tmp_path, "roberta", HEADS)), everything(12)
    first, ahead = engine.read(whole), list[Any]()
    reader = threading.Thread(target=lambda: ahead.extend(engine.read([request]) for request in whole))
    reader.start()
    wanted = dict(pair for batch in engine.answer(first) for pair in batch)
    reader.join()
    found = dict(pair for read in ahead for batch in engine.answer(read) for pair in batch)
    assert {number: output.text for number, output in found.items()} == {n: each.text for n, each in wanted.items()}


@pytest.mark.parametrize("family", FAMILIES)
def test_tokens_are_counted_without_weights(family: str, tmp_path: Path) -> None:
    folder = multitask(tmp_path, family, HEADS)
    whole = everything(4)
    wanted = [output.input_tokens for output in answers(load(folder), whole)]
    assert counted(folder, whole, checkpoint=str(folder)) == wanted


def test_tokens_are_counted_for_the_checkpoint_of_each_task(tmp_path: Path) -> None:
    """Tokenizers of two families; inputs are cut where one of them ends."""
    parts = {
        "mood": headed(tmp_path / "mood", "roberta", "SequenceClassification", LABELS),
        "tags": headed(tmp_path / "tags", "bert", "TokenClassification", TAGS),
    }
    keys = {"checkpoint": None, "checkpoints": {task: folder.name for task, folder in parts.items()}}
    asking = questions(6, most=60)
    whole = [*requests(Asked("tags", "tags", TAGS), asking), *requests(Asked("mood", "label", LABELS), asking, first=6)]
    whole = whole[::2] + whole[1::2]
    found = answers(load(tmp_path, **keys), whole)
    assert counted(tmp_path, whole, **keys) == [output.input_tokens for output in found]
    assert {output.truncated for output in found} == {True, False}


def counted(base: Path, asking: list[Request], **keys: Any) -> Any:
    model = Model(dtype="float32", **keys)
    identity = Heads.identify(model, base, Options("cpu"))
    for file in base.rglob("*.safetensors"):
        file.unlink()
    return Heads.count(identity, model, Options("cpu"), asking)
