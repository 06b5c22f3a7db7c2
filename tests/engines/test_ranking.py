"""Rank classification of encoder-decoders: plain transformers' log-likelihoods, with one pass of the encoder an input."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mtlbench.engines import Asked, Options, Output, Request, encdec_likelihood
from mtlbench.engines.text2text import Text2Text
from mtlbench.suite.declarations import Generation, Model
from mtlbench.suite.faults import InputError
from mtlbench.tasks.question import Question
from tests.checkpoints import WORDS
from tests.multilingual import multilingual
from tests.projects import mtlbench, the_run, write_rows

LIKELIHOOD = 1e-4
FAMILIES = ["t5", "bart", "forced_bart", "mt5", "mbart50", "mbart", "nllb", "m2m100"]
LANGUAGES = {
    "mbart50": ("en_XX", "fr_XX"),
    "mbart": ("en_XX", "fr_XX"),
    "nllb": ("eng_Latn", "fra_Latn"),
    "m2m100": ("en", "fr"),
}


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory, t5: Path, bart: Path) -> dict[str, Path]:
    """One checkpoint a family; of BART also one whose first token is forced, as in facebook/bart-large-cnn."""
    import shutil

    made = {family: multilingual(tmp_path_factory.mktemp(family), family) for family in ["mt5", *LANGUAGES]}
    forced = tmp_path_factory.mktemp("forced") / "bart"
    shutil.copytree(bart, forced)
    settings = forced / "generation_config.json"
    settings.write_text(settings.read_text().replace("{", '{"forced_bos_token_id": 0,', 1))
    return {"t5": t5, "bart": bart, "forced_bart": forced, **made}


def load(folder: Path) -> Text2Text:
    model = Model(checkpoint=str(folder))
    return Text2Text.load(Text2Text.identify(model, Path(), Options()), model, Options(), [].append)


def rank(engine: Text2Text, rows: Sequence[tuple[str, Sequence[str]]], family: str = "t5") -> list[Output]:
    source, target = LANGUAGES.get(family, (None, None))
    asked = Asked("task", "choice", by="likelihood", source_lang=source, target_lang=target)
    requests = [
        Request(number, asked, str(number), number, Question(text, choices=tuple(choices)), Generation())
        for number, (text, choices) in enumerate(rows)
    ]
    answered = dict(pair for batch in engine.run(requests) for pair in batch)
    return [answered[number] for number in range(len(rows))]


def questions(count: int) -> list[tuple[str, list[str]]]:
    """Texts with one to six choices of one to eight words."""
    chance = random.Random(4)

    def words(most: int) -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(1, most)))

    return [(words(20), [words(8) for _ in range(chance.randint(1, 6))]) for _ in range(count)]


def plain_likelihood(network: Any, tokenizer: Any, text: str, choice: str, given: set[int]) -> tuple[float, int]:
    """Σ log p of the labels that are not `given`, and their number, as transformers scores `labels=`."""
    import torch

    labels = tokenizer(text_target=choice, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        logits = network(**tokenizer(text, return_tensors="pt"), labels=labels).logits[0]
    found = logits.log_softmax(-1).gather(-1, labels[0][:, None])[:, 0]
    counts = [token not in given for token in labels[0].tolist()]
    return float(found[torch.tensor(counts)].sum()), sum(counts)


@pytest.mark.parametrize("family", FAMILIES)
def test_scores_are_plain_transformers_log_likelihoods(family: str, folders: dict[str, Path]) -> None:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    network = AutoModelForSeq2SeqLM.from_pretrained(folders[family]).eval()
    tokenizer = AutoTokenizer.from_pretrained(folders[family])
    given = {0} if family == "forced_bart" else set()
    if family in LANGUAGES:
        tokenizer.src_lang, tokenizer.tgt_lang = LANGUAGES[family]
        token = "__fr__" if family == "m2m100" else tokenizer.tgt_lang
        given = {tokenizer.convert_tokens_to_ids(token)}
    rows = questions(12)
    for (text, choices), output in zip(rows, rank(load(folders[family]), rows, family), strict=True):
        expected = [plain_likelihood(network, tokenizer, text, choice, given) for choice in choices]
        assert output.scores == pytest.approx([score for score, _ in expected], abs=LIKELIHOOD, rel=0)
        assert output.score_tokens == [count for _, count in expected]
        assert output.text == choices[max(range(len(choices)), key=lambda n: expected[n][0])]


@pytest.mark.parametrize("family", FAMILIES)
def test_batched_equals_one_by_one(family: str, folders: dict[str, Path]) -> None:
    engine = load(folders[family])
    rows = questions(30)
    for row, output in zip(rows, rank(engine, rows, family), strict=True):
        alone = rank(engine, [row], family)[0]
        assert output.scores == pytest.approx(alone.scores, abs=LIKELIHOOD, rel=0)
        assert (output.text, output.score_tokens) == (alone.text, alone.score_tokens)


def test_the_encoder_reads_each_input_once(t5: Path) -> None:
    engine, read = load(t5), []
    engine._network.get_encoder().register_forward_hook(lambda module, inputs, output: read.append(len(output[0])))
    rank(engine, questions(20))
    assert sum(read) == 20


def test_pairs_that_do_not_fit_together_are_decoded_apart(t5: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, rows = load(t5), questions(8)
    together = rank(engine, rows)
    passes: list[int] = []
    engine._network.get_decoder().register_forward_hook(lambda module, inputs, output: passes.append(1))
    monkeypatch.setattr(encdec_likelihood, "MOST_LOGITS", 156 * 4)
    for output, apart in zip(together, rank(engine, rows), strict=True):
        assert apart.scores == pytest.approx(output.scores, abs=LIKELIHOOD, rel=0)
    assert len(passes) > 10


def test_equal_scores_give_the_first_choice(t5: Path) -> None:
    (output,) = rank(load(t5), [("room", ["clean", "clean", "the old station was noisy and cold"])])
    assert output.scores is not None
    assert output.scores[0] == output.scores[1] > output.scores[2]
    assert output.text == "clean"


def test_label_words_are_the_choices(t5: Path) -> None:
    (output,) = rank(load(t5), [("mood: lovely breakfast", ["negative", "positive"])])
    assert output.scores is not None
    assert output.text == ["negative", "positive"][output.scores[1] > output.scores[0]]
    assert output.output_tokens is None, "nothing was generated"


def test_out_of_memory_halves_the_batch(t5: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, rows = load(t5), questions(10)
    expected = [output.text for output in rank(engine, rows)]
    forward = engine._network.forward

    def small(*arguments: Any, **keys: Any) -> Any:
        if len(keys["attention_mask"]) > 6:
            raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes")
        return forward(*arguments, **keys)

    monkeypatch.setattr(engine._network, "forward", small)
    assert [output.text for output in rank(engine, rows)] == expected


def test_a_choice_longer_than_the_positions_is_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(InputError, match="longer than the model's 128 positions"):
        rank(load(folders["bart"]), [("room", ["clean", " ".join(WORDS * 5)])])


@pytest.mark.parametrize(
    ("form", "by", "refused"),
    [
        ("label", "likelihood", False),
        ("choice", "likelihood", False),
        ("choice", "generation", False),
        ("tags", "generation", False),
        ("tags", "likelihood", True),
        ("text", "likelihood", True),
        ("nats", "generation", True),
        ("nats", "likelihood", True),
    ],
)
def test_what_cannot_be_ranked_is_refused(form: Any, by: Any, refused: bool) -> None:
    refusal = Text2Text.refuses(Model(checkpoint="x"), {"model_type": "t5"}, Asked("task", form, by=by))
    assert (refusal is not None) == refused


def test_a_run_keeps_the_scores_and_calibrates_them(tmp_path: Path, t5: Path) -> None:
    import pyarrow.parquet as pq

    rows = [{"text": f"{word} {other}", "mood": n % 2} for n, (word, other) in enumerate(pairwise(WORDS))]
    write_rows(tmp_path / "mood.jsonl", rows)
    (tmp_path / "suite.yaml").write_text(f"""
version: 1
name: moods
models: {{t5: {{checkpoint: {t5}}}}}
tasks:
  mood:
    preset: t5/sst2
    data: {{path: mood.jsonl}}
    input: "sst2 sentence: {{text}}"
    segments: ["{{text}}"]
    reference: mood
    answer_by: likelihood
    metrics: [accuracy, auroc, brier, ece]
significance: {{resamples: 100, permutations: 99}}
""")
    done = mtlbench("run", "suite.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = the_run(tmp_path)
    table = pq.read_table(run / "predictions" / "t5" / "mood.parquet").to_pylist()
    for row in table:
        first, second = row["scores"]
        assert row["prediction"] == ["negative", "positive"][second > first]
        assert len(row["score_tokens"]) == 2
    scores = {row["metric"]: row["value"] for row in json.loads((run / "results.json").read_text())["scores"]}
    assert scores["invalid_rate"] == 0
    assert all(scores[name] is not None for name in ("accuracy", "auroc", "brier", "ece"))
