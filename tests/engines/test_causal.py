"""Decoders: what they write, choose and measure equals plain transformers, whatever the batch."""

from __future__ import annotations

import functools
import json
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtlbench.engines import Asked, Options, Output, Request, kind_of
from mtlbench.engines import prefix as prefixes
from mtlbench.engines.causal import Causal
from mtlbench.engines.decoder_likelihood import Branches, score_branches, windows
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError
from mtlbench.tasks.question import Question
from tests import decoders
from tests.checkpoints import WORDS
from tests.decoders import CONTEXT

FAMILIES = ["gpt2", "llama"]
TIE = 1e-4
LIKELIHOOD = Asked("task", "choice", by="likelihood")
NATS = Asked("task", "nats")
TEXT = Asked("task", "text")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {family: decoders.decoder(tmp_path_factory.mktemp(family), family) for family in FAMILIES}


@pytest.fixture(params=FAMILIES)
def folder(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Path:
    return folders[request.param]


def load(folder: Path, **keys: Any) -> Causal:
    model = Model(checkpoint=str(folder), **keys)
    return Causal.load(Causal.identify(model, Path(), Options()), model, Options(), [].append)


def ask(engine: Causal, questions: list[Question], asked: Asked = TEXT, **keys: Any) -> list[Output]:
    generation = keys.pop("generation", Generation(max_new_tokens=12))
    requests = [
        Request(number, asked, str(number), number, question, generation, **keys)
        for number, question in enumerate(questions)
    ]
    answered = dict(pair for batch in engine.run(requests) for pair in batch)
    assert sorted(answered) == list(range(len(questions)))
    return [answered[number] for number in range(len(questions))]


def one_by_one(engine: Causal, questions: list[Question], asked: Asked = TEXT, **keys: Any) -> list[Output]:
    return [ask(engine, [question], asked, **keys)[0] for question in questions]


def texts(count: int, seed: int = 1, lengths: tuple[int, ...] = (1, 2, 3, 5, 9)) -> list[str]:
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=chance.choice(lengths))) for _ in range(count)]


def plain(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def log_likelihoods(network: Any, tokens: list[int]) -> list[float]:
    """log p of each token but the first, from one pass over them all."""
    import torch

    with torch.inference_mode():
        log_p = network(torch.tensor([tokens])).logits[0].log_softmax(-1)
    return [float(log_p[place, token]) for place, token in enumerate(tokens[1:])]


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ({"architectures": ["GPT2LMHeadModel"]}, "causal"),
        ({"architectures": ["LlamaForCausalLM"]}, "causal"),
        ({"architectures": ["T5ForConditionalGeneration"], "is_encoder_decoder": True}, "text2text"),
        ({"architectures": ["BartForCausalLM"], "is_encoder_decoder": True}, "text2text"),
        ({"architectures": []}, None),
    ],
)
def test_decoders_are_known_by_their_architecture(config: dict[str, Any], kind: str | None) -> None:
    assert kind_of(config) == kind


@pytest.mark.parametrize("generation", [{"max_new_tokens": 16}, {"max_new_tokens": 8, "num_beams": 3}])
def test_what_is_written_equals_plain_transformers_and_one_by_one(folder: Path, generation: dict[str, int]) -> None:
    import torch

    engine, (network, tokenizer) = load(folder), plain(folder)
    questions = [Question(text) for text in texts(24)]
    together = ask(engine, questions, generation=Generation(**generation))
    alone = one_by_one(engine, questions, generation=Generation(**generation))
    for question, output, single in zip(questions, together, alone, strict=True):
        inputs = tokenizer(question.text, return_tensors="pt")
        length = inputs["input_ids"].shape[1]
        with torch.inference_mode():
            written = network.generate(**inputs, **generation, do_sample=False, pad_token_id=0)[0, length:]
        expected = tokenizer.decode(written, skip_special_tokens=True).removeprefix(" ")
        assert (output.text, output.output_tokens) == (single.text, single.output_tokens) == (expected, len(written))
        assert output.input_tokens == length
        assert output.limited is (tokenizer.eos_token_id not in written)
    assert len({output.text for output in together}) > 10, "a model that always says the same would prove nothing"


def test_an_output_ends_before_its_first_stop_string(folder: Path) -> None:
    questions = [Question(text) for text in texts(24)]
    engine = load(folder)
    free = ask(engine, questions, generation=Generation(max_new_tokens=16))
    stops = [free[0].text[2:6], free[1].text[3:7]]
    stopped = ask(engine, questions, generation=Generation(max_new_tokens=16, stop=stops))
    for before, after in zip(free, stopped, strict=True):
        found = [before.text.index(stop) for stop in stops if stop in before.text]
        assert after.text == before.text[: min(found, default=None)]
        assert after.output_tokens is not None
        if found:
            assert not after.limited
            assert after.output_tokens <= (before.output_tokens or 0)
        else:
            assert replace(after, seconds=None) == replace(before, seconds=None)
    assert {output.text == before.text for before, output in zip(free, stopped, strict=True)} == {True, False}


def test_a_stop_string_is_not_looked_for_in_the_prompt(folder: Path) -> None:
    question = Question("the room")
    (free,) = ask(load(folder), [question])
    across = "m" + free.text[:1]
    assert across not in free.text
    (stopped,) = ask(load(folder), [question], generation=Generation(max_new_tokens=12, stop=[across, " room"]))
    assert stopped.text == free.text


def test_an_input_beyond_the_context_keeps_its_end(folder: Path) -> None:
    import torch

    engine = load(folder)
    long = " ".join(WORDS * 3)
    new = Generation(max_new_tokens=10, min_new_tokens=10)
    output, short = ask(engine, [Question(long), Question("room")], generation=new)
    assert (output.truncated, short.truncated) == (True, False)
    assert (output.input_tokens, output.output_tokens) == (CONTEXT - 10, 10)
    network, tokenizer = plain(folder)
    tokens, first = tokenizer(long)["input_ids"], tokenizer("")["input_ids"]
    kept = [*first, *tokens[len(tokens) - (CONTEXT - 10 - len(first)) :]]
    with torch.inference_mode():
        written = network.generate(
            torch.tensor([kept]), max_new_tokens=10, min_new_tokens=10, do_sample=False, pad_token_id=0
        )
    assert output.text == tokenizer.decode(written[0, len(kept) :], skip_special_tokens=True).removeprefix(" ")
    (cut,) = ask(engine, [Question(long)], generation=new, max_input_tokens=5)
    assert cut.input_tokens == 5


def choices_of(count: int) -> list[Question]:
    chance = random.Random(3)
    questions = []
    for text in texts(count, seed=4):
        several = {" ".join(chance.choices(WORDS, k=chance.randint(1, 4))) for _ in range(chance.randint(2, 5))}
        questions.append(Question(text + chance.choice(["", " ", "\n"]), choices=tuple(sorted(several))))
    return questions


def test_choices_are_scored_as_one_pass_over_each_would(folder: Path) -> None:
    engine, (network, tokenizer) = load(folder), plain(folder)
    questions = choices_of(24)
    together, alone = ask(engine, questions, LIKELIHOOD), one_by_one(engine, questions, LIKELIHOOD)
    for question, output, single in zip(questions, together, alone, strict=True):
        context = question.text.rstrip()
        gap = question.text[len(context) :] or " "
        prompt = len(tokenizer(context)["input_ids"])
        expected = []
        for choice in question.choices:
            tokens = tokenizer(context + gap + choice)["input_ids"]
            expected.append(log_likelihoods(network, tokens)[prompt - 1 :])
        assert output.scores == pytest.approx([sum(scores) for scores in expected], abs=TIE)
        assert output.scores == pytest.approx(single.scores, abs=TIE)
        assert output.score_tokens == [len(scores) for scores in expected]
        assert output.input_tokens == prompt
        assert output.scores is not None
        assert output.text == question.choices[list(output.scores).index(max(output.scores))]


def test_a_prompt_is_read_once_for_all_its_choices(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = load(folder)
    read = tokens_read(monkeypatch, engine)
    (output,) = ask(engine, [Question(" ".join(WORDS[:10]), choices=("clean", "cold", "cheap"))], LIKELIHOOD)
    assert output.input_tokens is not None
    assert output.score_tokens is not None
    assert read == [(1, output.input_tokens + sum(count - 1 for count in output.score_tokens))]


SHOTS = (("the hotel was clean", "positive"), ("cold food", "negative"))


def tokens_read(monkeypatch: pytest.MonkeyPatch, engine: Causal) -> list[tuple[int, int]]:
    """What the network will have been given, as shapes of its inputs."""
    read: list[tuple[int, int]] = []
    forward = type(engine._network).forward

    @functools.wraps(forward)
    def counted(self: Any, input_ids: Any, **keys: Any) -> Any:
        read.append(tuple(input_ids.shape))
        return forward(self, input_ids, **keys)

    monkeypatch.setattr(type(engine._network), "forward", counted)
    return read


@pytest.mark.parametrize("asked", [LIKELIHOOD, TEXT])
def test_solved_examples_are_read_once_for_a_task(folder: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = load(folder)
    questions = [Question(text, choices=("clean room", "cold"), shots=SHOTS) for text in texts(8, lengths=(1, 2, 4))]
    longest = Question(" ".join(WORDS * 2), choices=("clean room", "cold"), shots=SHOTS)  # cut, so it begins elsewhere
    keys = {"generation": Generation(max_new_tokens=4)}
    expected = one_by_one(engine, [*questions, longest], asked, **keys)
    monkeypatch.setattr(prefixes, "FEWEST_TOKENS", 4)
    read = tokens_read(monkeypatch, engine)
    found = ask(engine, [*questions, longest], asked, **keys)
    for output, alone in zip(found, expected, strict=True):
        assert (output.text, output.input_tokens, output.truncated) == (alone.text, alone.input_tokens, alone.truncated)
        if asked is LIKELIHOOD:
            assert output.scores == pytest.approx(alone.scores, abs=TIE)
    shared = read[0][1]
    assert read[0][0] == 1
    assert shared > 10
    assert read[1][0] == 8
    assert read[1][1] < min(output.input_tokens or 0 for output in expected), "the rest of each prompt alone"


@pytest.mark.parametrize("asked", [LIKELIHOOD, TEXT])
def test_solved_examples_before_layers_that_slide(
    folders: dict[str, Path], asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from transformers import LlamaConfig, MistralConfig, MistralForCausalLM

    shutil.copytree(folders["llama"], tmp_path / "mistral")
    torch.manual_seed(0)
    config = LlamaConfig.from_pretrained(folders["llama"]).to_dict()
    for key in ("model_type", "architectures", "layer_types", "head_dim"):
        config.pop(key, None)
    network = MistralForCausalLM(MistralConfig(**config, sliding_window=6))
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.35)
    network.save_pretrained(tmp_path / "mistral")
    engine = load(tmp_path / "mistral")
    questions = [Question(text, choices=("clean room", "cold"), shots=SHOTS) for text in texts(8)]
    expected = one_by_one(engine, questions, asked)
    monkeypatch.setattr(prefixes, "FEWEST_TOKENS", 4)
    for output, alone in zip(ask(engine, questions, asked), expected, strict=True):
        assert output.text == alone.text
        assert output.scores == (alone.scores and pytest.approx(alone.scores, abs=TIE))


def test_equal_choices_have_equal_scores(folder: Path) -> None:
    question = Question("the room", choices=("clean room", "cold", "clean room"))
    (output,) = ask(load(folder), [question], LIKELIHOOD)
    assert output.scores is not None
    assert output.scores[0] == output.scores[2] != output.scores[1]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), count=st.integers(1, 12), budget=st.sampled_from([64, 256, 8_192]))
def test_no_output_depends_on_its_batch(folders: dict[str, Path], seed: int, count: int, budget: int) -> None:
    """Tasks that write, rank and measure, some with solved examples, in one queue."""
    engine, chance = load(folders["gpt2"]), random.Random(seed)
    requests = []
    for number, text in enumerate(texts(count, seed)):
        asked, shots = chance.choice([LIKELIHOOD, TEXT, NATS]), chance.choice([(), SHOTS])
        asked = replace(asked, task=f"{asked.form}-{len(shots)}")
        question = Question(text, choices=tuple(chance.sample(WORDS, 3)), shots=shots)
        requests.append(Request(number, asked, str(number), number, question, Generation(max_new_tokens=5)))
    alone = {request.number: next(iter(engine.run([request])))[0][1] for request in requests}
    engine._batcher.budget = budget
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prefixes, "FEWEST_TOKENS", 4)
        together = dict(pair for batch in engine.answer(engine.read(requests)) for pair in batch)
    assert together.keys() == alone.keys()
    for number, output in together.items():
        assert replace(output, seconds=None, scores=None) == replace(alone[number], seconds=None, scores=None)
        assert output.scores == (alone[number].scores and pytest.approx(alone[number].scores, rel=1e-5, abs=TIE))


@pytest.mark.parametrize("chat", [False, True])
def test_tokens_are_counted_without_weights(folders: dict[str, Path], tmp_path: Path, chat: bool) -> None:
    folder, model = tmp_path / "copy", Model(checkpoint=str(tmp_path / "copy"), chat_template=chat)
    shutil.copytree(folders["llama"], folder)
    identity, engine = Causal.identify(model, Path(), Options()), load(folder, chat_template=chat)
    (folder / "model.safetensors").unlink()
    asked = [(TEXT, "the room"), (LIKELIHOOD, "a shop"), (NATS, "food was cold"), (TEXT, " ".join(WORDS * 3))]
    requests = [
        Request(7 - n, by, str(n), n, Question(text, choices=("clean", "cold")), Generation(max_new_tokens=5))
        for n, (by, text) in enumerate(asked)
    ]
    found = dict(pair for batch in engine.run(requests) for pair in batch)
    counted = Causal.count(identity, model, Options(), requests)
    assert counted == [found[request.number].input_tokens for request in requests]


def test_a_prompt_too_long_for_its_choices_is_cut(folder: Path) -> None:
    engine = load(folder)
    question = Question(" ".join(WORDS * 3), choices=("clean room", "cold"))
    output = ask(engine, [question, Question("room", choices=("a", "the"))], LIKELIHOOD)[0]
    assert output.truncated
    assert output.input_tokens == CONTEXT - max(output.score_tokens or ())
    shown = ask(engine, [question], LIKELIHOOD, max_input_tokens=7)[0]
    assert shown.input_tokens == 7
    with pytest.raises(InputError, match="too long to be a choice"):
        ask(engine, [Question("room", choices=("a", " ".join(WORDS * 3)))], LIKELIHOOD)


@pytest.mark.parametrize(
    ("prompt", "wholes", "shared", "own", "scored"),
    [
        ([1, 2], [[1, 2, 3], [1, 2, 4, 5]], [1, 2], [[3], [4, 5]], [1, 2]),
        (
            [1, 2],
            [[1, 9, 3], [1, 2, 4, 5]],
            [1],
            [[9, 3], [2, 4, 5]],
            [1, 2],
        ),  # the second token merged with the choice
    ],
)
def test_what_choices_share(
    prompt: list[int], wholes: list[list[int]], shared: list[int], own: list[list[int]], scored: list[int]
) -> None:
    assert Branches.of(prompt, wholes) == Branches(shared, own, scored)
    assert Branches.of(prompt, wholes).prompt == len(prompt)


@pytest.mark.parametrize(
    ("length", "context", "expected"),
    [
        (0, 4, []),
        (1, 4, [(0, 1, 0)]),
        (4, 4, [(0, 4, 3)]),
        (5, 4, [(0, 4, 3), (2, 5, 1)]),
        (9, 4, [(0, 4, 3), (2, 6, 2), (4, 8, 2), (6, 9, 1)]),
        (3, 2, [(0, 2, 1), (1, 3, 1)]),
    ],
)
def test_windows(length: int, context: int, expected: list[tuple[int, int, int]]) -> None:
    assert list(windows(length, context)) == expected


def naive_nats(network: Any, tokens: list[int], context: int) -> float:
    """Each token scored by itself, in the first window of `context` tokens, half of it apart, that holds it."""
    nats = 0.0
    for place in range(1, len(tokens)):
        start = 0
        while start + context <= place:
            start += context // 2
        nats -= log_likelihoods(network, tokens[start : place + 1])[-1]
    return nats


@pytest.mark.parametrize("window", [None, 9])
def test_nats_of_texts_longer_than_the_context(folder: Path, window: int | None) -> None:
    engine, (network, tokenizer) = load(folder), plain(folder)
    questions = [Question(text) for text in [*texts(6, lengths=(1, 9, 30, 60)), " ".join(WORDS * 3), "", "é"]]
    together = ask(engine, questions, NATS, max_input_tokens=window)
    alone = one_by_one(engine, questions, NATS, max_input_tokens=window)
    for question, output, single in zip(questions, together, alone, strict=True):
        own = tokenizer(question.text, add_special_tokens=False)["input_ids"]
        tokens = [tokenizer.bos_token_id, *own]
        nats = naive_nats(network, tokens, window or CONTEXT)
        assert output.text == ""
        assert output.scores == pytest.approx((nats, len(own), len(question.text.encode())), rel=1e-5, abs=TIE)
        assert output.scores == pytest.approx(single.scores, rel=1e-5, abs=TIE)


def test_a_chat_is_the_tokenizers_template_with_solved_examples_as_turns(folders: dict[str, Path]) -> None:
    import torch

    network, tokenizer = plain(folders["llama"])
    question = Question("the room", choices=("clean", "cold"), shots=(("a shop", "cheap"),))
    prompt = "<s>[user]a shop[end][assistant]cheap[end][user]the room[end][assistant]"
    tokens = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    engine = load(folders["llama"], chat_template=True)
    (written,) = ask(engine, [question])
    with torch.inference_mode():
        expected = network.generate(torch.tensor([tokens]), max_new_tokens=12, do_sample=False, pad_token_id=0)
    assert written.text == tokenizer.decode(expected[0, len(tokens) :], skip_special_tokens=True)
    (chosen,) = ask(engine, [question], LIKELIHOOD)
    wholes = [tokenizer(prompt + choice, add_special_tokens=False)["input_ids"] for choice in question.choices]
    assert chosen.scores == pytest.approx(
        [sum(log_likelihoods(network, whole)[len(tokens) - 1 :]) for whole in wholes], abs=TIE
    )


def test_a_chat_shares_no_outputs_with_the_plain_model(folders: dict[str, Path]) -> None:
    prints = [
        Causal.identify(Model(checkpoint=str(folders["llama"]), chat_template=chat), Path(), Options()).fingerprint
        for chat in (False, True)
    ]
    assert len(set(prints)) == 2


def test_a_tokenizer_without_a_chat_template_is_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(InputError, match="has no chat template"):
        load(folders["gpt2"], chat_template=True)


def test_solved_examples_stand_before_the_input(folder: Path) -> None:
    engine = load(folder)
    shown = Question("the room", shots=(("a shop", "cheap"), ("food:\n", "cold")))
    written = Question("a shop cheap\n\nfood:\ncold\n\nthe room")
    assert [output.text for output in ask(engine, [shown])] == [output.text for output in ask(engine, [written])]


def test_lengths_of_the_checkpoint_count_the_prompt_and_are_not_taken_over(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy" / "generation_config.json").write_text(json.dumps({"max_length": 20, "num_beams": 2}))
    identity = Causal.identify(Model(checkpoint=str(tmp_path / "copy")), Path(), Options())
    assert identity.defaults == Generation(num_beams=2)


def test_probabilities_that_are_no_numbers_are_refused(folder: Path) -> None:
    import torch

    engine = load(folder)
    with torch.no_grad():
        engine._network.get_input_embeddings().weight.fill_(float("nan"))
    for asked, question in ((LIKELIHOOD, Question("room", choices=("a", "the"))), (NATS, Question("room"))):
        with pytest.raises(InputError, match="no numbers"):
            ask(engine, [question], asked)


@pytest.mark.parametrize("kind", ["PromptTuningConfig", "PrefixTuningConfig"])
def test_choices_after_trained_vectors(kind: str, folders: dict[str, Path], tmp_path: Path) -> None:
    import peft
    import torch

    network, tokenizer = plain(folders["gpt2"])
    torch.manual_seed(0)
    tuned = peft.get_peft_model(network, getattr(peft, kind)(task_type="CAUSAL_LM", num_virtual_tokens=3)).eval()
    tuned.save_pretrained(tmp_path / "adapter")
    questions = [Question(text, choices=("clean room", "cold")) for text in texts(6)]
    outputs = ask(load(folders["gpt2"], adapter=str(tmp_path / "adapter")), questions, LIKELIHOOD)
    for question, output in zip(questions, outputs, strict=True):
        expected = []
        for choice in question.choices:
            prompt, tokens = (tokenizer(text)["input_ids"] for text in (question.text, f"{question.text} {choice}"))
            with torch.inference_mode():
                log_p = tuned(torch.tensor([tokens])).logits[0, -len(tokens) :].log_softmax(-1)
            expected.append(sum(float(log_p[n - 1, tokens[n]]) for n in range(len(prompt), len(tokens))))
        assert output.scores == pytest.approx(expected, abs=TIE)


def networks() -> dict[str, Any]:
    import transformers as t

    small = {"vocab_size": 60, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
    return {
        "sees a few tokens": lambda: t.MistralForCausalLM(t.MistralConfig(**small, **heads, sliding_window=6)),
        "sees a few tokens in some layers": lambda: t.Qwen2ForCausalLM(
            t.Qwen2Config(**small, **heads, use_sliding_window=True, sliding_window=6, max_window_layers=1)
        ),
        "weighs by distance": lambda: t.FalconForCausalLM(
            t.FalconConfig(vocab_size=60, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, alibi=True)
        ),
        "keeps a state": lambda: t.Lfm2ForCausalLM(
            t.Lfm2Config(**small, **heads, layer_types=["conv", "full_attention"])
        ),
        "takes no places": lambda: t.BartForCausalLM(
            t.BartConfig(
                vocab_size=60,
                d_model=32,
                decoder_layers=2,
                decoder_attention_heads=4,
                decoder_ffn_dim=64,
                is_decoder=True,
                is_encoder_decoder=False,
            )
        ),
    }


@pytest.mark.parametrize("which", list(networks()))
def test_branches_of_networks_of_other_kinds(which: str) -> None:
    import torch

    torch.manual_seed(0)
    network = networks()[which]().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.2)
    chance = random.Random(0)
    rows = []
    for length in (9, 2, 12):
        own = [chance.choices(range(5, 60), k=count) for count in (1, 4, 2)]
        rows.append(Branches(chance.choices(range(5, 60), k=length), own, [1, 3, 2]))
    for row, scores in zip(rows, score_branches(network, rows, 0), strict=True):
        assert scores == pytest.approx(plain_scores(network, row), abs=TIE)
    if prefixes.can_share(network):
        begun = [replace(row, shared=[*rows[2].shared, *row.shared]) for row in rows]
        read = prefixes.Prefix(network, rows[2].shared)
        for row, scores in zip(begun, score_branches(network, begun, 0, read), strict=True):
            assert scores == pytest.approx(plain_scores(network, row), abs=TIE)


def plain_scores(network: Any, row: Branches) -> list[float]:
    """One pass over each branch."""
    return [
        sum(log_likelihoods(network, [*row.shared, *own])[-count:])
        for own, count in zip(row.own, row.scored, strict=True)
    ]
