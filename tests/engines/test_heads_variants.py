"""Adapters and compression on encoders with heads: transformers' own and ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mtlbench.engines import Asked, Options, Request
from mtlbench.engines.bases import BASES
from mtlbench.engines.heads import Heads
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError
from mtlbench.tasks.question import Question
from tests.adapters import adapter
from tests.checkpoint_heads import headed, multitask

LABELS = ("bad", "fair", "good")
TEXTS = ["the hotel room was clean", "food cold", "we stayed two nights near the old station"]
MOOD = Asked("mood", "label", LABELS)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("heads")
    headed(folder / "bert", "bert", "SequenceClassification", LABELS)
    multitask(folder / "ours", "bert", [{"task": "mood", "type": "classification", "labels": list(LABELS)}])
    for kind in ("lora", "ia3", "prompt"):
        adapter(folder / f"bert-{kind}", folder / "bert", kind, "AutoModelForSequenceClassification", "SEQ_CLS")
    return folder


@pytest.fixture(autouse=True)
def no_base() -> None:
    BASES.release()


def load(made: Path, **keys: Any) -> Heads:
    model = Model(dtype="float32", **keys)
    return Heads.load(Heads.identify(model, made, Options("cpu")), model, Options("cpu"), lambda text: None)


def scores(engine: Heads, texts: list[str] = TEXTS) -> list[Any]:
    requests = [
        Request(number, MOOD, str(number), number, Question(text, segments=(text,)), Generation())
        for number, text in enumerate(texts)
    ]
    found = dict(pair for batch in engine.run(requests) for pair in batch)
    return [found[number].scores for number in range(len(texts))]


@pytest.mark.parametrize("kind", ["lora", "ia3"])
def test_scores_are_those_of_plain_peft_and_the_base_comes_back(made: Path, kind: str) -> None:
    import peft
    import torch
    import transformers

    before = scores(load(made, checkpoint="bert"))
    network = transformers.AutoModelForSequenceClassification.from_pretrained(made / "bert")
    network = peft.PeftModel.from_pretrained(network, made / f"bert-{kind}").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(made / "bert")
    with torch.inference_mode():
        expected = [network(**tokenizer(text, return_tensors="pt")).logits[0].log_softmax(-1) for text in TEXTS]
    found = scores(load(made, checkpoint="bert", adapter=f"bert-{kind}"))
    assert found == [pytest.approx(row.tolist(), abs=1e-5) for row in expected]
    assert found != before
    assert scores(load(made, checkpoint="bert")) == before


@pytest.mark.parametrize(("kind", "layers"), [("lora", {}), ("ia3", {"feedforward_modules": []})])
def test_an_adapter_that_trained_our_head_leaves_the_base_as_it_was(
    made: Path, kind: str, layers: dict[str, Any]
) -> None:
    keys = {"target_modules": ["query", "value"], "modules_to_save": ["head_list.0"], **layers}
    folder = adapter(made / f"ours-{kind}", made / "ours", kind, "AutoModel", "FEATURE_EXTRACTION", **keys)
    before = scores(load(made, checkpoint="ours"))
    assert scores(load(made, checkpoint="ours", adapter=folder.name)) != before
    assert scores(load(made, checkpoint="ours")) == before


def test_a_prompt_is_not_for_heads(made: Path) -> None:
    with pytest.raises(InputError, match="an adapter of type PROMPT_TUNING is for models that generate text"):
        load(made, checkpoint="bert", adapter="bert-prompt")


@pytest.mark.parametrize("name", ["bert", "ours"])
def test_compressed_encoders_answer_otherwise_and_take_less(made: Path, name: str) -> None:
    whole, int8 = load(made, checkpoint=name), load(made, checkpoint=name, quantize="int8")
    assert whole.weight_bytes > int8.weight_bytes
    pruned = load(made, checkpoint=name, prune=0.3)
    assert pruned.weight_bytes == whole.weight_bytes
    assert len({str(scores(engine)) for engine in (load(made, checkpoint=name), int8, pruned)}) == 3
