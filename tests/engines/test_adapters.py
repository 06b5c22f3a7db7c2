"""PEFT adapters: outputs as plain peft gives them, one base for several models, and refusals before inference."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mtlbench.engines import Asked, Options, Request
from mtlbench.engines.bases import BASES
from mtlbench.engines.causal import Causal
from mtlbench.engines.text2text import Text2Text
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError
from mtlbench.tasks.question import Question
from tests import decoders
from tests.adapters import TYPES, adapter
from tests.projects import mtlbench, the_run, write_project

TEXTS = ["the hotel room was clean and quiet near the old station", "food cold", "we stayed two nights", "bread"]
TOKENS = 6
FAMILIES: dict[str, tuple[Any, str, str]] = {
    "t5": (Text2Text, "AutoModelForSeq2SeqLM", "SEQ_2_SEQ_LM"),
    "bart": (Text2Text, "AutoModelForSeq2SeqLM", "SEQ_2_SEQ_LM"),
    "gpt2": (Causal, "AutoModelForCausalLM", "CAUSAL_LM"),
    "llama": (Causal, "AutoModelForCausalLM", "CAUSAL_LM"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, t5: Path, bart: Path) -> Path:
    """A folder with all bases and an adapter of each type on each."""
    folder = tmp_path_factory.mktemp("adapters")
    shutil.copytree(t5, folder / "t5")
    shutil.copytree(bart, folder / "bart")
    for family in ("gpt2", "llama"):
        decoders.decoder(folder / family, family)
    for family, (_, auto_class, task_type) in FAMILIES.items():
        for kind in TYPES:
            adapter(folder / f"{family}-{kind}", folder / family, kind, auto_class, task_type)
    return folder


@pytest.fixture(autouse=True)
def no_base() -> None:
    BASES.release()


def load(made: Path, family: str, **keys: Any) -> Any:
    engine, model = FAMILIES[family][0], Model(checkpoint=family, **keys)
    return engine.load(engine.identify(model, made, Options(device="cpu")), model, Options(), lambda text: None)


def answers(engine: Any, texts: list[str]) -> list[str]:
    generation = Generation(max_new_tokens=TOKENS)
    requests = [
        Request(number, Asked("task", "text"), str(number), number, Question(text), generation)
        for number, text in enumerate(texts)
    ]
    found = dict(pair for batch in engine.run(requests) for pair in batch)
    return [found[number].text for number in range(len(texts))]


def plain_peft(made: Path, family: str, kind: str) -> list[str]:
    """Each row by itself, through peft and transformers alone."""
    import peft
    import torch
    import transformers

    network = getattr(transformers, FAMILIES[family][1]).from_pretrained(made / family)
    network = peft.PeftModel.from_pretrained(network, made / f"{family}-{kind}").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(made / family)
    texts = []
    for text in TEXTS:
        inputs = tokenizer(text, return_tensors="pt")
        inputs.pop("token_type_ids", None)
        with torch.inference_mode():
            sequence = network.generate(**inputs, max_new_tokens=TOKENS, do_sample=False)[0]
        start = inputs["input_ids"].shape[1] if FAMILIES[family][0] is Causal else 1
        texts.append(tokenizer.decode(sequence[start:], skip_special_tokens=True))
    return texts


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", TYPES)
def test_answers_are_those_of_plain_peft_row_by_row(made: Path, family: str, kind: str) -> None:
    engine = load(made, family, adapter=f"{family}-{kind}")
    together = answers(engine, TEXTS)
    assert [text.strip() for text in together] == [text.strip() for text in plain_peft(made, family, kind)]
    assert together == [answers(engine, [text])[0] for text in TEXTS]


@pytest.mark.parametrize("family", FAMILIES)
def test_models_that_share_a_base_load_it_once_and_leave_it_as_it_was(
    made: Path, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    import transformers

    auto_class = getattr(transformers, FAMILIES[family][1])
    whole, loaded = auto_class.from_pretrained, []

    def counted(*arguments: Any, **keys: Any) -> Any:
        loaded.append(arguments)
        return whole(*arguments, **keys)

    monkeypatch.setattr(auto_class, "from_pretrained", counted)
    engine = load(made, family)
    first = answers(engine, TEXTS)
    before = {name: tensor.clone() for name, tensor in engine._network.state_dict().items()}
    seen = [first]
    for kind in TYPES:
        seen.append(answers(load(made, family, adapter=f"{family}-{kind}"), TEXTS))
    again = load(made, family)
    after = again._network.state_dict()
    assert answers(again, TEXTS) == first
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert len(loaded) == 1
    assert len({tuple(each) for each in seen}) == 1 + len(TYPES)


def test_a_base_is_let_go_when_another_is_needed(made: Path) -> None:
    import gc
    import weakref

    gone = weakref.ref(load(made, "t5", adapter="t5-lora")._network)
    load(made, "gpt2")
    gc.collect()
    assert gone() is None


def test_an_adapter_is_part_of_what_a_model_is(made: Path) -> None:
    def identity(**keys: Any) -> Any:
        return Text2Text.identify(Model(checkpoint="t5", **keys), made, Options(device="cpu"))

    base, lora, ia3 = identity(), identity(adapter="t5-lora"), identity(adapter="t5-ia3")
    assert len({base.fingerprint, lora.fingerprint, ia3.fingerprint}) == 3
    assert base.base == lora.base == ia3.base
    # LoRA of rank 8 on q and v: of 2 encoder and 2 · 2 decoder attentions, each (32 + 32) · 8 numbers.
    assert lora.trainable == 2 * 6 * 64 * 8
    assert lora.parameters == base.parameters + lora.trainable
    assert lora.bytes > base.bytes


BROKEN: dict[str, tuple[str, str]] = {
    "pickled": ("adapter: loras/pickled", "pickled weights only (adapter_model.bin)"),
    "other type": ("adapter: loras/typed", "adapters of type ADALORA are not run"),
    "decoder's": ("adapter: loras/causal", "trained as CAUSAL_LM, the checkpoint is of kind text2text"),
    "another base": ("adapter: loras/wide", "the adapter is for another base: its decoder.block.0"),
    "another base's prompt": ("adapter: loras/prompt", "its token_dim is 64, the checkpoint's 32"),
    "subtracted": ("adapter: loras/pissa", "changes its base beyond its own weights (`init_lora_weights`)"),
    "no adapter": ("adapter: t5", "it is a whole checkpoint: give it as `checkpoint:`"),
    "misspelt": ("adapter: loras/wied", "did you mean loras/wide?"),
    "no base": ("adapter: loras/wide, predictions: outputs", "`adapter:` goes with `checkpoint:`"),
    "with quantize": ("adapter: t5-lora, quantize: int8", "`quantize` and `adapter` do not go together"),
    "by likelihood": ("adapter: t5-prompt", "answered by likelihood, which a PROMPT_TUNING adapter is not run for"),
}


@pytest.fixture(scope="module")
def bad(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite beside adapters that cannot be put on its T5."""
    folder = tmp_path_factory.mktemp("bad")
    write_project(folder, Path("t5"), rows=4)
    for name in ("t5", "t5-lora", "t5-prompt"):
        shutil.copytree(made / name, folder / name)
    loras = folder / "loras"
    shutil.copytree(made / "gpt2-lora", loras / "causal")
    shutil.copytree(made / "t5-lora", loras / "typed")
    edit(loras / "typed", peft_type="ADALORA")
    shutil.copytree(made / "t5-lora", loras / "pickled")
    (loras / "pickled" / "adapter_model.safetensors").rename(loras / "pickled" / "adapter_model.bin")
    shutil.copytree(made / "t5-lora", loras / "pissa")
    edit(loras / "pissa", init_lora_weights="pissa")
    shutil.copytree(made / "t5-prompt", loras / "prompt")
    edit(loras / "prompt", token_dim=64)
    wide = wider(folder / "wide", made / "t5")
    adapter(loras / "wide", wide, "lora", "AutoModelForSeq2SeqLM", "SEQ_2_SEQ_LM")
    return folder


def edit(folder: Path, **keys: Any) -> None:
    file = folder / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **keys}))


def wider(folder: Path, like: Path) -> Path:
    """A T5 of twice the width."""
    import transformers

    config = transformers.T5Config.from_pretrained(like, d_model=64)
    transformers.T5ForConditionalGeneration(config).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("case", BROKEN)
def test_what_does_not_fit_is_refused_before_inference(bad: Path, case: str) -> None:
    keys, message = BROKEN[case]
    checkpoint = "" if "predictions" in keys else "checkpoint: t5, "
    text = (
        (bad / "suite.yaml").read_text().replace("elsewhere: {predictions: outputs}", f"tuned: {{{checkpoint}{keys}}}")
    )
    if case == "by likelihood":
        text = text.replace("labels: [negative, positive]", "labels: [negative, positive]\n    answer_by: likelihood")
    (bad / "case.yaml").write_text(text)
    done = mtlbench("run", "case.yaml", "--device", "cpu", cwd=bad)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in " ".join(done.stderr.split())


def test_weights_that_the_files_do_not_tell_of_are_found_when_loading(made: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    shutil.copytree(made / "t5", tmp_path / "t5")
    shutil.copytree(made / "t5-lora", tmp_path / "half")
    file = tmp_path / "half" / "adapter_model.safetensors"
    weights = load_file(file)
    left = {name: tensor for name, tensor in weights.items() if "decoder" not in name}
    save_file(left, file)
    with pytest.raises(InputError, match="does not fit its base"):
        load(tmp_path, "t5", adapter="half")
    assert answers(load(tmp_path, "t5"), TEXTS) == answers(load(made, "t5"), TEXTS)


def test_a_suite_of_one_base_and_its_adapters(made: Path, tmp_path: Path) -> None:
    for name in ("t5", "t5-lora"):
        shutil.copytree(made / name, tmp_path / name)
    suite = write_project(tmp_path, Path("t5"), rows=12)
    text = suite.read_text().replace("elsewhere: {predictions: outputs}", "tuned: {checkpoint: ./t5, adapter: t5-lora}")
    suite.write_text(text)
    done = mtlbench("run", "suite.yaml", "--device", "cpu", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    results = json.loads((the_run(tmp_path) / "results.json").read_text())
    tuned = next(row for row in results["efficiency"] if row["model"] == "tuned")
    assert tuned["trainable"] == 2 * 6 * 64 * 8 < tuned["parameters"]
    assert {(row["model"], row["base"], row["what"]) for row in results["variants"]} == {
        ("tuned", "multi", "adapter: t5-lora")
    }
    assert [row["task"] for row in results["variants"]] == ["mood", "headline", "overall"]
    assert all(row["speed_ratio"] > 0 and row["memory_ratio"] > 1 for row in results["variants"])
    assert "Variants" in done.stdout
