"""CTranslate2 answers as transformers does, in fp32; what it cannot do is refused, and `prefer: speed` passes it by."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from mtlbench.engines import Asked, Engine, Identity, Options, Output, Request, find_engine
from mtlbench.engines.ctranslate2 import conversion, settings
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError
from mtlbench.tasks.question import Question
from tests import checkpoints, decoders
from tests.checkpoints import WORDS
from tests.multilingual import multilingual
from tests.projects import mtlbench, write_project

pytest.importorskip("ctranslate2")

KINDS = dict.fromkeys(("t5", "mt5", "gated", "bart", "mbart", "mbart50", "nllb", "m2m100"), "text2text")
KINDS |= dict.fromkeys(("gpt2", "llama"), "causal")
DIRECTIONS = {"mbart": ("en", "ro"), "mbart50": ("en", "fr"), "nllb": ("eng", "fra_Latn"), "m2m100": ("en", "fr")}
GREEDY: list[dict[str, Any]] = [
    {},
    {"no_repeat_ngram_size": 2},
    {"min_new_tokens": 6},
    {"stop": ["room", "st"]},
]
BEAMS: list[dict[str, Any]] = [
    {"num_beams": 3, "early_stopping": True},
    {"num_beams": 4, "early_stopping": True, "length_penalty": 2.0},
]


def gated(folder: Path) -> Path:
    """An mT5 as published ones are: gated, with an output layer of its own, more words than its tokenizer has tokens."""
    import torch
    from transformers import MT5Config, MT5ForConditionalGeneration

    torch.manual_seed(3)
    tokens = checkpoints.tokenizer(folder, "t5")
    config = MT5Config(
        vocab_size=len(tokens) + 9, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, decoder_start_token_id=0,
        feed_forward_proj="gated-gelu", pad_token_id=tokens.pad_token_id, eos_token_id=tokens.eos_token_id,
    )  # fmt: skip
    network = MT5ForConditionalGeneration(config)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.35)
    network.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    def made(family: str) -> Path:
        folder = tmp_path_factory.mktemp(family)
        if family in ("t5", "bart"):
            return checkpoints.text2text(folder, family)
        if family == "gated":
            return gated(folder)
        return decoders.decoder(folder, family) if KINDS[family] == "causal" else multilingual(folder, family)

    return {family: made(family) for family in KINDS}


def load(folder: Path, engine: str, kind: str, **keys: Any) -> Engine:
    model, cls = Model(checkpoint=str(folder), **keys), find_engine(engine, kind, Path())
    return cls.load(cls.identify(model, Path(), Options()), model, Options(), [].append)


def both(folder: Path, family: str) -> tuple[Engine, Engine]:
    return load(folder, "transformers", KINDS[family]), load(folder, "ctranslate2", KINDS[family])


def requests(family: str, count: int, generation: dict[str, Any], asked: dict[str, Any], **keys: Any) -> list[Request]:
    source, target = DIRECTIONS.get(family, (None, None))
    chance = random.Random(5)
    texts = [" ".join(chance.choices(WORDS, k=chance.choice([1, 2, 3, 5, 9, 20]))) for _ in range(count)]
    wanted = Asked("task", source_lang=source, target_lang=target, **asked)
    return [
        Request(
            number, wanted, str(number), number, Question(text, choices=("room", "cold food", "we stayed two nights")),
            Generation(**{"max_new_tokens": 12, **generation}), **keys,
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip


def answers(engine: Engine, asked: list[Request]) -> list[Output]:
    found = dict(pair for batch in engine.run(asked) for pair in batch)
    assert sorted(found) == [request.number for request in asked]
    return [found[request.number] for request in asked]


def told(output: Output) -> tuple[Any, ...]:
    return output.text, output.input_tokens, output.output_tokens, output.truncated, output.limited


@pytest.mark.parametrize("family", KINDS)
def test_what_is_written_and_how_likely_it_is_equals_transformers(family: str, folders: dict[str, Path]) -> None:
    plain, fast = both(folders[family], family)
    texts = set()
    for generation in (*GREEDY, *BEAMS):
        asked = requests(family, 24, generation, {"form": "text"})
        expected, found = answers(plain, asked), answers(fast, asked)
        same = sum(told(one) == told(other) for one, other in zip(expected, found, strict=True))
        assert same >= (24 if "num_beams" not in generation else 20), generation  # beams may tie, or end after a code
        texts |= {output.text for output in found}
    assert len(texts) > 8, "a model that always says the same would prove nothing"
    asked = requests(family, 24, {}, {"form": "choice", "by": "likelihood"})
    for one, other in zip(answers(plain, asked), answers(fast, asked), strict=True):
        assert (one.text, one.score_tokens) == (other.text, other.score_tokens)
        assert other.scores == pytest.approx(one.scores, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_perplexity_solved_examples_and_cuts_equal_transformers(family: str, folders: dict[str, Path]) -> None:
    plain, fast = both(folders[family], family)
    texts = " ".join(WORDS * 4)
    shots = tuple((f"the {word}", "positive") for word in WORDS)
    for asked, question in (
        (Asked("task", "nats"), Question(texts)),
        (Asked("task", "text"), Question("the food", shots=shots)),
        (Asked("task", "choice", by="likelihood"), Question("the food", choices=("room", "cold"), shots=shots)),
    ):
        wanted = [Request(0, asked, "0", 0, question, Generation(max_new_tokens=5))]
        (one,), (other,) = answers(plain, wanted), answers(fast, wanted)
        assert told(one) == told(other)
        assert other.scores == (None if one.scores is None else pytest.approx(one.scores, rel=1e-5, abs=1e-4))


@pytest.mark.parametrize("shots", [(), (("a hotel", "positive"),) * 40])
def test_long_inputs_are_cut_as_with_transformers(shots: tuple[tuple[str, str], ...], folders: dict[str, Path]) -> None:
    plain, fast = both(folders["t5"], "t5")
    question = Question(" ".join(WORDS * 6), shots=shots)
    wanted = [Request(0, Asked("task", "text"), "0", 0, question, Generation(max_new_tokens=5), max_input_tokens=24)]
    (one,), (other,) = answers(plain, wanted), answers(fast, wanted)
    assert told(one) == told(other)
    assert other.truncated


def test_a_forced_last_token_ends_what_runs_into_the_limit(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = shutil.copytree(folders["bart"], tmp_path / "bart")
    path = folder / "generation_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "forced_eos_token_id": 2, "forced_bos_token_id": 0}))
    plain, fast = both(folder, "bart")
    asked = requests("bart", 24, {"max_new_tokens": 4}, {"form": "text"})
    assert list(map(told, answers(plain, asked))) == list(map(told, answers(fast, asked)))


def test_int8_is_another_model_than_float32_and_smaller(folders: dict[str, Path]) -> None:
    whole = load(folders["t5"], "ctranslate2", "text2text")
    small = load(folders["t5"], "ctranslate2", "text2text", quantize="int8")
    assert whole.weight_bytes is not None
    assert small.weight_bytes is not None
    assert small.weight_bytes < whole.weight_bytes / 2
    asked = requests("t5", 24, {}, {"form": "choice", "by": "likelihood"})
    best = [(one.text, other.text) for one, other in zip(answers(whole, asked), answers(small, asked), strict=True)]
    assert sum(one == other for one, other in best) > 12


def test_tokens_are_counted_without_weights(folders: dict[str, Path]) -> None:
    for family in ("mbart50", "gpt2"):
        model, cls = Model(checkpoint=str(folders[family])), find_engine("ctranslate2", KINDS[family], Path())
        identity = cls.identify(model, Path(), Options())
        asked = requests(family, 12, {}, {"form": "text"})
        expected = [
            output.input_tokens for output in answers(load(folders[family], "ctranslate2", KINDS[family]), asked)
        ]
        assert cls.count(identity, model, Options(), asked[::-1]) == expected[::-1]


def manifest(folder: Path) -> dict[str, Any]:
    (path,) = folder.glob("results/small/*/manifest.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def predicted(folder: Path, task: str) -> list[Any]:
    (path,) = folder.glob(f"results/small/*/predictions/multi/{task}.parquet")
    return list(pq.read_table(path).column("prediction").to_pylist())


def test_a_suite_that_prefers_speed_gets_the_same_predictions(folders: dict[str, Path], tmp_path: Path) -> None:
    for name, preference in (("plain", ""), ("fast", "prefer: speed\n")):
        suite = write_project(tmp_path / name, folders["t5"])
        suite.write_text(suite.read_text().replace("seed: 5\n", f"seed: 5\n{preference}"))
        done = mtlbench("run", "suite.yaml", cwd=tmp_path / name)
        assert done.returncode == 0, done.stderr
    engines = {name: model["engine"] for name, model in manifest(tmp_path / "fast")["models"].items()}
    assert engines == {"multi": "ctranslate2", "single-mood": "transformers", "elsewhere": "predictions"}, (
        "a beam search that goes on after enough outputs is transformers' own"
    )
    for task in ("mood", "headline"):
        assert predicted(tmp_path / "fast", task) == predicted(tmp_path / "plain", task)


MODEL = "{checkpoint: FOLDER, trained_on: [mood, headline]}"


@pytest.mark.parametrize(
    ("command", "model", "message"),
    [
        ("validate", "{checkpoint: FOLDER, engine: ctranslate2, prune: 0.5}", "`prune` is no key of models of kind"),
        ("validate", "{checkpoint: OTHER, engine: ctranslate2}", "cannot take OTHER, of type switch_transformers"),
        ("run", "{checkpoint: FOLDER, engine: ctranslate2, quantize: fp8}", "does not know `quantize: fp8`"),
        (
            "run",
            "{checkpoint: FOLDER, engine: ctranslate2, generation: {num_beams: 2, stop: [a]}}",
            "task `mood`: `engine: ctranslate2` does not know `stop` in a beam search",
        ),
        ("run", "{checkpoint: SET, engine: ctranslate2}", "sets bad_words_ids, which `engine: ctranslate2` does not"),
    ],
)
def test_what_it_cannot_do_is_refused_before_a_weight_is_read(
    command: str, model: str, message: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    others = {name: shutil.copytree(folders["t5"], tmp_path / name) for name in ("OTHER", "SET")}
    config = json.loads((others["OTHER"] / "config.json").read_text())
    (others["OTHER"] / "config.json").write_text(json.dumps({**config, "model_type": "switch_transformers"}))
    own = json.loads((others["SET"] / "generation_config.json").read_text())
    (others["SET"] / "generation_config.json").write_text(json.dumps({**own, "bad_words_ids": [[5]]}))
    suite = write_project(tmp_path, Path("FOLDER"))
    suite.write_text(suite.read_text().replace(MODEL, model).replace("FOLDER", str(folders["t5"])))
    refused = mtlbench(command, "suite.yaml", cwd=tmp_path)
    assert refused.returncode == 2, refused.stderr
    assert message in " ".join(refused.stderr.split())
    assert not list(tmp_path.glob("cache/ctranslate2/*"))


def test_a_penalty_of_prompt_and_answer_is_refused(folders: dict[str, Path]) -> None:
    cls = find_engine("ctranslate2", "causal", Path())
    assert cls.refuses_generation(Generation(repetition_penalty=1.2)) is not None
    assert cls.refuses_generation(Generation(repetition_penalty=1.0, stop=["a"])) is None


def test_a_missing_package_is_told(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="needs a package that is not installed") as raised:
        load(folders["t5"], "ctranslate2", "text2text")
    assert raised.value.faults[0].hint == "pip install 'mtlbench[ctranslate2]'"


def test_a_number_type_that_the_machine_lacks_is_told(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    import ctranslate2

    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda *_: {"float32", "int8_float32"})
    with pytest.raises(InputError, match="has no bfloat16 on this machine's cpu"):
        load(folders["t5"], "ctranslate2", "text2text", dtype="bfloat16")


def test_a_conversion_is_made_once_and_those_at_once_do_not_meet(
    folders: dict[str, Path], own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written() -> list[str]:
        engine = load(folders["t5"], "ctranslate2", "text2text")
        return [output.text for output in answers(engine, requests("t5", 8, {}, {"form": "text"}))]

    convert = conversion._convert

    def as_another_run_ends_first(identity: Identity, *rest: Any) -> None:
        convert(identity, *rest)
        if not list(own_cache.glob("ctranslate2/*/model.bin")):
            shutil.copytree(rest[-1], conversion.folder_of(identity, "float32"))

    monkeypatch.setattr(conversion, "_convert", as_another_run_ends_first)
    first = written()
    monkeypatch.setattr(conversion, "_convert", None)
    assert written() == first
    assert len(list(own_cache.glob("ctranslate2/*"))) == 1
    assert not list(own_cache.glob("ctranslate2/.*"))
    assert "; 1 converted checkpoints, 0." in mtlbench("cache", "info", cwd=own_cache).stdout
    assert "0 outputs, 1 converted checkpoints forgotten" in mtlbench("cache", "clear", cwd=own_cache).stdout
    assert not list(own_cache.glob("ctranslate2/*"))


def test_a_conversion_to_another_model_is_refused(
    folders: dict[str, Path], own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "_as_expected", lambda network: network)  # the converter alone would scale mT5
    with pytest.raises(InputError, match=r"converts .* to another model: log-probabilities differ by"):
        load(folders["mt5"], "ctranslate2", "text2text")
    assert not list(own_cache.glob("ctranslate2/*"))
