"""What vLLM is called with and how its answers are read, held against a stand-in that is a GPT-2 of transformers."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from mtlbench.engines import Asked, Engine, Options, Output, Request, vllm
from mtlbench.engines.causal import Causal
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError
from mtlbench.tasks.question import Question
from tests import decoders

TEXTS = ("the room was clean", "we stayed two nights near the old station", "cold")
CHOICES = ("room", "cold food")


class StandIn:
    """vLLM's LLM, as far as it is used, one input at a time."""

    def __init__(self, folder: str, **keys: Any) -> None:
        from transformers import AutoModelForCausalLM

        self.keys = keys
        self.network = AutoModelForCausalLM.from_pretrained(folder).eval()

    def generate(self, prompts: list[dict[str, list[int]]], params: list[Any], use_tqdm: bool) -> list[Any]:
        rows = [prompt["prompt_token_ids"] for prompt in prompts]
        return [self._one(row, **each) for row, each in zip(rows, params, strict=True)]

    def _one(self, row: list[int], temperature: float, max_tokens: int, **keys: Any) -> Any:
        import torch

        assert temperature == 0
        ids = torch.tensor([row])
        with torch.inference_mode():
            log_p = self.network(ids).logits[0].log_softmax(-1)
            written = self.network.generate(
                ids, max_new_tokens=max_tokens, min_new_tokens=keys.get("min_tokens", 0), do_sample=False,
                repetition_penalty=keys.get("repetition_penalty", 1.0), pad_token_id=0,
            )[0, len(row) :].tolist()  # fmt: skip
        ended = written[-1] == self.network.generation_config.eos_token_id
        scores = [{token: SimpleNamespace(logprob=float(log_p[n, token]))} for n, token in enumerate(row[1:])]
        return SimpleNamespace(
            outputs=[SimpleNamespace(token_ids=written, finish_reason="stop" if ended else "length")],
            prompt_logprobs=[None, *scores] if "prompt_logprobs" in keys else None,
        )


@pytest.fixture
def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Engine, Engine]:
    folder = decoders.decoder(tmp_path / "gpt2", "gpt2")
    module: Any = ModuleType("vllm")
    module.LLM, module.SamplingParams = StandIn, dict
    monkeypatch.setitem(sys.modules, "vllm", module)
    model, notify = Model(checkpoint=str(folder)), [].append
    identity = Causal.identify(model, Path(), Options())
    return (
        Causal.load(identity, model, Options(), notify),
        vllm.Vllm.load(identity, model, Options(), notify),
    )


def answers(engine: Engine, requests: list[Request]) -> list[Output]:
    found = dict(pair for batch in engine.run(requests) for pair in batch)
    return [found[request.number] for request in requests]


@pytest.mark.parametrize(
    "generation", [{}, {"min_new_tokens": 5}, {"repetition_penalty": 1.4}, {"stop": ["e"]}], ids=lambda keys: str(keys)
)
def test_what_is_written_equals_transformers(generation: dict[str, Any], engines: tuple[Engine, Engine]) -> None:
    asked = [
        Request(n, Asked("task", "text"), str(n), n, Question(text), Generation(max_new_tokens=8, **generation))
        for n, text in enumerate(TEXTS)
    ]
    plain, fast = (answers(engine, asked) for engine in engines)
    for one, other in zip(plain, fast, strict=True):
        assert (one.text, one.input_tokens, one.output_tokens) == (other.text, other.input_tokens, other.output_tokens)
        assert one.limited == other.limited


@pytest.mark.parametrize("asked", [Asked("task", "choice", by="likelihood"), Asked("task", "nats")])
def test_likelihoods_equal_transformers(asked: Asked, engines: tuple[Engine, Engine]) -> None:
    wanted = [Request(n, asked, "", n, Question(text, choices=CHOICES), Generation()) for n, text in enumerate(TEXTS)]
    for one, other in zip(answers(engines[0], wanted), answers(engines[1], wanted), strict=True):
        assert (one.text, one.score_tokens) == (other.text, other.score_tokens)
        assert other.scores == pytest.approx(one.scores, rel=1e-5, abs=1e-4)


def test_only_safetensors_are_read_and_no_code_is_run(engines: tuple[Engine, Engine]) -> None:
    keys = engines[1]._network.keys  # type: ignore[attr-defined]
    assert (keys["load_format"], keys["trust_remote_code"]) == ("safetensors", False)


def test_a_run_without_a_gpu_is_refused(tmp_path: Path) -> None:
    folder = decoders.decoder(tmp_path / "gpt2", "gpt2")
    with pytest.raises(InputError, match="runs on cuda, and this run is on cpu"):
        vllm.Vllm.identify(Model(checkpoint=str(folder)), Path(), Options(device="cpu"))


@pytest.mark.parametrize(("key", "value"), [("num_beams", 2), ("no_repeat_ngram_size", 3)])
def test_settings_it_does_not_know_are_refused(key: str, value: int) -> None:
    refusal = vllm.Vllm.refuses_generation(Generation(**{key: value}))
    assert refusal is not None
    assert f"`{key}`" in refusal.message
