"""One suite of every family of models and every task that each answers, from the command line to the results."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from mtlbench.suite.declarations import Model, Task
from tests.adapters import adapter
from tests.checkpoint_heads import headed, multitask
from tests.checkpoints import WORDS, text2text
from tests.decoders import decoder
from tests.multilingual import multilingual
from tests.projects import mtlbench, the_run, write_rows

ROOT = Path(__file__).parents[2]
MOODS, TAGS, TOPICS = ["negative", "positive"], ["O", "B-ASP", "I-ASP"], ["food", "room", "price"]
ENCODERS = ("bert", "roberta", "distilbert", "electra", "deberta-v2")

TASKS = """\
  mood: {kind: classification, data: {path: rows.jsonl}, input: "mood: {text}", segments: ["{text}"], reference: mood, labels: [negative, positive], metrics: [accuracy, auroc, brier]}
  ranked: {kind: classification, data: {path: rows.jsonl}, input: "mood: {text}", reference: mood, labels: [negative, positive], answer_by: likelihood, examples: {path: solved.jsonl}, metrics: [accuracy, auroc, ece]}
  pair: {kind: nli, data: {path: rows.jsonl}, input: "{text} / {other}", segments: ["{text}", "{other}"], reference: mood, labels: [negative, positive]}
  topics: {kind: multilabel, data: {path: rows.jsonl}, input: "{text}", reference: topics, labels: [food, room, price]}
  stars: {kind: regression, data: {path: rows.jsonl}, input: "{text}", reference: stars}
  aspects: {kind: ner, data: {path: rows.jsonl}, input: "{words}", words: words, reference: tags, labels: ["O", "B-ASP", "I-ASP"]}
  roles: {kind: span, data: {path: rows.jsonl}, input: "{words}", words: words, reference: spans}
  syntax: {kind: parsing, data: {path: rows.jsonl}, input: "{words}", words: words, reference: [heads, relations], labels: [dep, root]}
  answer: {kind: qa, data: {path: rows.jsonl}, input: "question: {other} context: {text}", segments: ["{other}", "{text}"], reference: span}
  choice: {kind: multiple_choice, data: {path: rows.jsonl}, input: "{text}", choices: choices, reference: right}
  french: {kind: translation, data: {path: rows.jsonl}, input: "{text}", reference: other, source_lang: en, target_lang: fr}
  likely: {kind: language_modeling, data: {path: rows.jsonl}, input: "{text}", reference: text, weight: 0}
"""

WRITES = ["mood", "ranked", "stars", "answer", "choice", "french"]
HEADS: list[dict[str, Any]] = [
    {"task": "mood", "type": "classification", "labels": MOODS, "pooling": "mean"},
    {"task": "pair", "type": "classification", "labels": MOODS},
    {"task": "topics", "type": "multilabel", "labels": TOPICS, "pooling": "max", "hidden": 8},
    {"task": "stars", "type": "regression"},
    {"task": "aspects", "type": "tagging", "labels": TAGS},
    {"task": "roles", "type": "tagging", "labels": TAGS},
    {"task": "syntax", "type": "parsing", "labels": ["dep", "root"]},
    {"task": "answer", "type": "span"},
    {"task": "choice", "type": "multiple_choice"},
]


def rows(count: int, seed: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    made = []
    for number in range(count):
        words = chance.choices(WORDS, k=chance.randint(3, 12))
        choices = chance.sample(WORDS, chance.randint(2, 4))
        made.append(
            {
                "id": f"{seed}-{number}",
                "text": " ".join(words),
                "other": " ".join(chance.choices(WORDS, k=4)),
                "words": words,
                "mood": MOODS[number % 2],
                "topics": chance.sample(TOPICS, number % 3),
                "stars": chance.randint(1, 5),
                "tags": ["B-ASP", *["O"] * (len(words) - 1)],
                "spans": [{"start": 0, "end": 1, "label": "ASP"}],
                "heads": [0, *[1] * (len(words) - 1)],
                "relations": ["root", *["dep"] * (len(words) - 1)],
                "span": words[1],
                "choices": choices,
                "right": choices[0],
            }
        )
    return made


def checkpoints(folder: Path) -> dict[str, dict[str, Any]]:
    """Model → what the suite says of it. Each folder is a real checkpoint."""
    text2text(folder / "t5", "t5")
    text2text(folder / "bart", "bart")
    for family in ("mt5", "mbart50"):
        multilingual(folder / family, family)
    for family in ("gpt2", "llama"):
        decoder(folder / family, family)
    multitask(folder / "joint", "electra", HEADS)
    for family in ENCODERS:
        headed(folder / family, family, "SequenceClassification", MOODS)
    headed(folder / "tagger", "bert", "TokenClassification", TAGS)
    headed(folder / "reader", "roberta", "QuestionAnswering")
    headed(folder / "chooser", "distilbert", "MultipleChoice")
    adapter(folder / "lora", folder / "t5", "lora", "AutoModelForSeq2SeqLM", "SEQ_2_SEQ_LM")
    singles = {"mood": "bert", "aspects": "tagger", "answer": "reader", "choice": "chooser"}
    return {
        **{name: {"checkpoint": name, "tasks": WRITES} for name in ("t5", "bart", "mt5")},
        "mbart": {"checkpoint": "mbart50", "tasks": ["french"]},
        **{name: {"checkpoint": name, "tasks": [*WRITES, "likely"]} for name in ("gpt2", "llama")},
        "few-shot": {"checkpoint": "gpt2", "tasks": ["ranked"], "shots": 2},
        "joint": {"checkpoint": "joint", "tasks": [head["task"] for head in HEADS]},
        "singles": {"checkpoints": singles},
        **{name: {"checkpoint": name, "tasks": ["mood"]} for name in ENCODERS[1:]},
        "t5-lora": {"checkpoint": "t5", "adapter": "lora", "tasks": WRITES},
        "t5-int8": {"checkpoint": "t5", "quantize": "int8", "tasks": WRITES},
        "t5-sparse": {"checkpoint": "t5", "prune": 0.3, "tasks": WRITES},
        "joint-half": {"checkpoint": "joint", "dtype": "bfloat16", "tasks": ["mood", "aspects"]},
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("families")
    write_rows(folder / "rows.jsonl", rows(12, 1))
    write_rows(folder / "solved.jsonl", rows(8, 2))
    models = "".join(f"  {name}: {json.dumps(model)}\n" for name, model in checkpoints(folder).items())
    head = "version: 1\nname: families\ngeneration: {max_new_tokens: 6}\n"
    more = "significance: {resamples: 100, permutations: 99}\n"
    (folder / "suite.yaml").write_text(f"{head}{more}models:\n{models}tasks:\n{TASKS}")
    done = mtlbench("run", "suite.yaml", "--device", "cpu", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return the_run(folder)


def test_every_pair_has_its_predictions_and_scores(run: Path) -> None:
    manifest, results = (json.loads((run / name).read_text()) for name in ("manifest.json", "results.json"))
    assert results["status"] == "complete"
    assert {model["kind"] for model in manifest["models"].values()} == {"text2text", "heads", "causal"}
    headlines = [row for row in results["scores"] if row["headline"]]
    assert len(headlines) == len(manifest["pairs"]) == 71
    missing = {(row["task"], row["reason"]) for row in headlines if row["value"] is None}
    assert missing <= {("stars", "the predictions are all equal")}, "untrained decoders write no numbers"


def test_scores_of_choices_are_kept_where_a_model_gives_them(run: Path) -> None:
    results = json.loads((run / "results.json").read_text())
    auroc = {(row["model"], row["task"]): row for row in results["scores"] if row["metric"] == "auroc"}
    assert auroc["t5", "mood"]["value"] is None
    assert "scores of choices" in auroc["t5", "mood"]["reason"]
    for pair in (("t5", "ranked"), ("gpt2", "ranked"), ("few-shot", "ranked"), ("joint", "mood"), ("roberta", "mood")):
        assert auroc[pair]["value"] is not None, pair
    table = pq.read_table(run / "predictions" / "llama" / "choice.parquet").to_pylist()
    assert {len(row["scores"]) for row in table} > {2}
    assert all(row["prediction"] == row["choices"][row["scores"].index(max(row["scores"]))] for row in table)


def test_variants_are_set_beside_the_checkpoint_as_it_is(run: Path) -> None:
    found = {(row["model"], row["base"]) for row in json.loads((run / "results.json").read_text())["variants"]}
    assert found >= {("t5-lora", "t5"), ("t5-int8", "t5"), ("t5-sparse", "t5"), ("joint-half", "joint")}


def test_the_lines_of_the_docs_are_sound() -> None:
    blocks = (ROOT / "docs/models.md").read_text(encoding="utf-8").split("```yaml\n")[1:]
    for block in blocks:
        suite = YAML(typ="safe").load(block.split("```")[0])
        for model in suite["models"].values():
            Model.model_validate(model)
        for task in suite.get("tasks", {}).values():
            if "preset" not in task:
                Task.model_validate(task)
    assert len(blocks) >= 9
