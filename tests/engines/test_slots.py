"""The pool of slots writes what `generate` writes to each input alone, whatever else is in the pool."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import AutoConfig, AutoModelForSeq2SeqLM

from mtlbench.engines.compress import compressed
from mtlbench.engines.slots import decoder_of
from mtlbench.engines.slots.pool import Ends, Job, Pool
from mtlbench.suite.declarations import Model

VOCABULARY, LONGEST = 40, 24
T5 = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "initializer_factor": 8.0}
BART = {
    "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "max_position_embeddings": 64, "init_std": 0.5, "pad_token_id": 1,
    "eos_token_id": 2, "decoder_start_token_id": 2, "forced_eos_token_id": 2,
}  # fmt: skip
NETWORKS: dict[str, dict[str, Any]] = {
    "t5": {**T5, "decoder_start_token_id": 0},
    "t5 gated": {**T5, "decoder_start_token_id": 0, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
    "mt5": {**T5, "decoder_start_token_id": 0},
    "bart": {**BART, "scale_embedding": True},
    "mbart": BART,
}


@pytest.fixture(scope="module", params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Any:
    torch.manual_seed(3)
    config = AutoConfig.for_model(request.param.split()[0], vocab_size=VOCABULARY, **NETWORKS[request.param])
    return AutoModelForSeq2SeqLM.from_config(config).eval()


def alone(network: Any, job: Job) -> tuple[list[int], float]:
    """What `generate` writes, and how near it came to another token on the way."""
    made = network.generate(
        torch.tensor([job.source]), max_new_tokens=job.most, min_new_tokens=job.fewest or None, do_sample=False,
        forced_bos_token_id=job.first if job.first >= 0 else None, output_logits=True, return_dict_in_generate=True,
    )  # fmt: skip
    best = torch.stack(made.logits)[:, 0].topk(2).values
    return made.sequences[0, 1:].tolist(), float((best[:, 0] - best[:, 1]).min())


def pooled(network: Any, jobs: list[Job], slots: int, budget: int) -> dict[int, list[int]]:
    config, decoder = network.config, decoder_of(network)
    assert decoder is not None
    forced = network.generation_config.forced_eos_token_id
    ends = Ends(
        config.decoder_start_token_id, [config.eos_token_id], config.pad_token_id, -1 if forced is None else forced
    )
    written = [each for batch in Pool(network, decoder, ends, slots, budget).run(jobs) for each in batch]
    assert all(each.seconds > 0 for each in written)
    assert len(written) == len(jobs)
    return {each.number: each.tokens for each in written}


def job(chance: random.Random, number: int) -> Job:
    source = [chance.randrange(3, VOCABULARY) for _ in range(chance.choice([1, 2, 5, 12, 30]))]
    most = chance.choice([1, 3, LONGEST])
    return Job(number, source, most, chance.choice([0, 0, 2]) if most > 2 else 0, chance.choice([-1, -1, 7]))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 30),
    slots=st.integers(1, 12),
    budget=st.sampled_from([16, 64, 512]),
)
def test_a_pool_writes_what_generate_writes_to_each_alone(
    network: Any, seed: int, count: int, slots: int, budget: int
) -> None:
    chance = random.Random(seed)
    jobs = [job(chance, number) for number in range(count)]
    found = pooled(network, jobs, slots, budget)
    for each in jobs:
        tokens, margin = alone(network, each)
        assert found[each.number] == tokens or margin < 1e-4


@pytest.mark.parametrize("kind", ["int8", "bf16"])
def test_what_is_in_the_pool_beside_it_changes_no_output(network: Any, kind: str) -> None:
    """In int8 each row has its own scale; in bf16 what a row comes to may depend on the shape of a product."""
    changed = copy.deepcopy(network)
    if kind == "int8":
        changed = compressed(changed, Model(checkpoint="x", quantize="int8"), "cpu")
    else:
        changed = changed.to(torch.bfloat16)
    chance = random.Random(5)
    jobs = [job(chance, number) for number in range(24)]
    together = pooled(changed, jobs, 8, 64)
    same = sum(pooled(changed, [each], 1, 64)[each.number] == together[each.number] for each in jobs)
    assert same >= (23 if kind == "int8" else 18)


def test_outputs_differ_and_end_by_themselves(network: Any) -> None:
    """Else the test above would say little."""
    chance = random.Random(0)
    jobs = [Job(number, job(chance, number).source, LONGEST) for number in range(40)]
    found = pooled(network, jobs, 8, 64)
    assert len(set(map(tuple, found.values()))) > 5


@pytest.mark.parametrize("kind", ["pegasus", "m2m_100"])
def test_other_families_are_left_to_generate(kind: str) -> None:
    config = AutoConfig.for_model(
        kind, vocab_size=VOCABULARY, d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, max_position_embeddings=32,
    )  # fmt: skip
    assert decoder_of(AutoModelForSeq2SeqLM.from_config(config)) is None
