"""Batched equals one by one; limits count the decoder alone; inputs are right-padded; out of memory goes on."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from mtlbench.engines import Asked, Options, Output, Request, text2text
from mtlbench.engines.decoding import Decoded, generation_config
from mtlbench.engines.languages import Direction
from mtlbench.engines.slots.pool import Job, Pool
from mtlbench.engines.text2text import Text2Text
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError
from mtlbench.tasks.question import Question
from tests.checkpoints import WORDS
from tests.multilingual import multilingual

TIE = 1e-4


def load(folder: Path, notices: list[str] | None = None) -> Text2Text:
    model = Model(checkpoint=str(folder))
    identity = Text2Text.identify(model, Path(), Options())
    return Text2Text.load(identity, model, Options(), [].append if notices is None else notices.append)


def ask(engine: Text2Text, texts: list[str], generation: Generation, **options: Any) -> list[Output]:
    requests = [
        Request(number, Asked("task", "text"), str(number), number, Question(text), generation, **options)
        for number, text in enumerate(texts)
    ]
    answered = dict(pair for batch in engine.run(requests) for pair in batch)
    assert sorted(answered) == list(range(len(texts)))
    return [answered[number] for number in range(len(texts))]


@pytest.fixture(scope="module")
def mt5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return multilingual(tmp_path_factory.mktemp("mt5"), "mt5")


def sentences(count: int, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=chance.choice([1, 2, 3, 5, 9, 20, 40]))) for _ in range(count)]


def least_margin(engine: Text2Text, text: str, generation: Generation) -> float:
    """Smallest distance between the two best logits along the greedy path."""
    import torch

    tokens = engine._tokenizer(text, return_tensors="pt")
    config = generation_config(engine._network, generation)
    config.output_logits = config.return_dict_in_generate = True
    with torch.inference_mode():
        logits = engine._network.generate(**tokens, generation_config=config).logits
    best = torch.stack(logits)[:, 0].topk(2).values
    return float((best[:, 0] - best[:, 1]).min())


@pytest.mark.parametrize("family", ["t5", "bart"])
@pytest.mark.parametrize("generation", [{"max_new_tokens": 24}, {"max_new_tokens": 12, "num_beams": 3}])
def test_batched_equals_one_by_one(family: str, generation: dict[str, int], request: pytest.FixtureRequest) -> None:
    engine = load(request.getfixturevalue(family))
    texts = sentences(40)
    settings = Generation(**generation)
    together = ask(engine, texts, settings)
    for text, output in zip(texts, together, strict=True):
        alone = ask(engine, [text], settings)[0]
        if settings.num_beams is None and alone.text != output.text:
            assert least_margin(engine, text, settings) < TIE
        else:
            assert (alone.text, alone.output_tokens) == (output.text, output.output_tokens)
    assert len({output.text for output in together}) > 10, "a model that always says the same would prove nothing"


@pytest.mark.parametrize("family", ["t5", "bart", "mt5"])
def test_equals_plain_transformers(family: str, request: pytest.FixtureRequest) -> None:
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    folder = request.getfixturevalue(family)
    network, tokenizer = AutoModelForSeq2SeqLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    texts = sentences(12, seed=2)
    outputs = ask(load(folder), texts, Generation(max_new_tokens=20))
    for text, output in zip(texts, outputs, strict=True):
        with torch.inference_mode():
            tokens = network.generate(**tokenizer(text, return_tensors="pt"), max_new_tokens=20, do_sample=False)
        assert output.text == tokenizer.decode(tokens[0], skip_special_tokens=True)


@pytest.mark.parametrize("family", ["t5", "bart"])
def test_limit_counts_the_decoder_alone(family: str, request: pytest.FixtureRequest) -> None:
    engine = load(request.getfixturevalue(family))
    outputs = ask(engine, ["room", " ".join(WORDS)], Generation(max_new_tokens=5, min_new_tokens=5))
    assert [output.output_tokens for output in outputs] == [5, 5]


@pytest.mark.parametrize("family", ["t5", "bart"])
def test_input_tokens_are_counted_without_weights(
    family: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = request.getfixturevalue(family)
    texts = [*sentences(10), " ".join(WORDS * 8)]
    outputs = ask(load(folder), texts, Generation(max_new_tokens=2))
    requests = [
        Request(number, Asked("task", "text"), str(number), number, Question(text), Generation())
        for number, text in enumerate(texts)
    ]
    monkeypatch.setattr("mtlbench.engines.loading.load", None)
    model = Model(checkpoint=str(folder))
    counts = Text2Text.count(Text2Text.identify(model, Path(), Options()), model, Options(), requests)
    assert list(counts) == [output.input_tokens for output in outputs]


def test_requests_may_be_read_while_others_are_answered(t5: Path) -> None:
    engine = load(t5)
    texts, settings = sentences(24), Generation(max_new_tokens=8)
    requests = [
        Request(number, Asked("task", "text"), str(number), number, Question(text), settings)
        for number, text in enumerate(texts)
    ]
    answering = engine.answer(engine.read(requests[:20]))
    found = dict(next(answering))
    later = engine.read(requests[20:])
    for batch in [*answering, *engine.answer(later)]:
        found.update(batch)
    expected = ask(engine, texts, settings)
    assert [found[number].text for number in range(24)] == [output.text for output in expected]


def test_long_inputs_are_cut_and_counted(t5: Path) -> None:
    engine = load(t5)
    texts = ["room was clean", " ".join(WORDS * 8)]
    outputs = ask(engine, texts, Generation(max_new_tokens=2))
    assert [output.truncated for output in outputs] == [False, True]
    assert outputs[1].input_tokens == 128
    short = ask(engine, texts, Generation(max_new_tokens=2), max_input_tokens=4)
    assert [output.input_tokens for output in short] == [4, 4]


@pytest.mark.parametrize("beams", [1, 2])
def test_out_of_memory_halves_the_batch_and_goes_on(t5: Path, beams: int, monkeypatch: pytest.MonkeyPatch) -> None:
    notices: list[str] = []
    engine = load(t5, notices)
    texts = sentences(30)
    generation = Generation(max_new_tokens=8, num_beams=beams)
    expected = [output.text for output in ask(engine, texts, generation)]
    decode, encode = text2text.decode, Pool._encode

    def small(rows: int) -> None:
        if rows > 4:
            raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes")

    def decodes(network: Any, tokenizer: Any, inputs: dict[str, Any], *settings: Any) -> list[Decoded]:
        small(len(inputs["input_ids"]))
        return decode(network, tokenizer, inputs, *settings)

    def encodes(pool: Pool, jobs: list[Job]) -> Any:
        small(len(jobs))
        return encode(pool, jobs)

    monkeypatch.setattr(text2text, "decode", decodes)
    monkeypatch.setattr(Pool, "_encode", encodes)
    assert [output.text for output in ask(engine, texts, generation)] == expected
    assert notices
    assert "out of memory" in notices[0]


@pytest.mark.parametrize("beams", [1, 2])
def test_one_row_too_many_for_the_memory_is_an_error(t5: Path, beams: int, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = load(t5)

    def never(*_: Any) -> list[Decoded]:
        raise MemoryError

    monkeypatch.setattr(text2text, "decode", never)
    monkeypatch.setattr(Pool, "_encode", never)
    with pytest.raises(MemoryError):
        ask(engine, ["room"], Generation(max_new_tokens=2, num_beams=beams))


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("family", ["t5", "bart"])
def test_outputs_end_at_the_first_stop(family: str, beams: int, request: pytest.FixtureRequest) -> None:
    engine = load(request.getfixturevalue(family))
    texts = sentences(16, seed=3)
    whole = [output.text for output in ask(engine, texts, Generation(max_new_tokens=16, num_beams=beams))]
    stops = [text.split()[2] for text in whole if len(text.split()) > 3][:2]
    stopped = ask(engine, texts, Generation(max_new_tokens=16, num_beams=beams, stop=stops))
    assert not any(stop in output.text for output in stopped for stop in stops)
    for text, output in zip(whole, stopped, strict=True):
        cut = min((text.index(stop) for stop in stops if stop in text), default=None)
        if beams == 1:
            assert output.text == text[:cut]
        if cut is not None and output.text == text[:cut]:
            assert not output.limited
    for text, output in zip(texts, stopped, strict=True):
        alone = ask(engine, [text], Generation(max_new_tokens=16, num_beams=beams, stop=stops))[0]
        assert (alone.text, alone.output_tokens, alone.limited) == (output.text, output.output_tokens, output.limited)


@pytest.mark.parametrize(("shots", "kept"), [((), "left"), ((("a hotel", "positive"),) * 40, "right")])
def test_what_is_too_long_loses_its_end_or_its_solved_examples(
    t5: Path, shots: tuple[tuple[str, str], ...], kept: str
) -> None:
    engine = load(t5)
    text = "the food was cold" if shots else " ".join(["the food was cold"] * 40)
    question = Question(text, shots=shots)
    request = Request(0, Asked("task", "text"), "0", 0, question, Generation(max_new_tokens=4), max_input_tokens=24)
    whole = engine._tokenizer(question.prompt)["input_ids"]
    (tokens,), (cut,) = engine._reader.tokenize([request], Direction())
    assert cut
    assert len(tokens) == 24
    assert tokens[:-1] == (whole[:23] if kept == "left" else whole[-24:-1])
    assert tokens[-1] == whole[-1]


def test_checkpoint_that_lacks_weights_is_refused(t5: Path, tmp_path: Path) -> None:
    import shutil

    from safetensors.torch import load_file, save_file

    broken = tmp_path / "broken"
    shutil.copytree(t5, broken)
    weights = load_file(broken / "model.safetensors")
    del weights["encoder.block.1.layer.1.DenseReluDense.wi.weight"]
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="lacks weights"):
        load(broken)
