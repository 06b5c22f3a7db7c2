"""Encoders with heads through the command line: a whole run, and what is wrong before one."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from mtlbench.suite.faults import InputError
from tests.checkpoint_heads import config, headed, multitask, tokenizer
from tests.checkpoints import WORDS, text2text
from tests.engines.test_heads import LABELS, load
from tests.projects import mtlbench, the_run, write_rows

TAGS = ("O", "B-thing", "I-thing")

HEADS: list[dict[str, Any]] = [
    {"task": "mood", "type": "classification", "labels": LABELS},
    {"task": "rating", "type": "regression"},
    {"task": "things", "type": "tagging", "labels": TAGS},
    {"task": "parse", "type": "parsing", "labels": ["sub", "root"]},
    {"task": "pick", "type": "multiple_choice"},
    {"task": "topics", "type": "multilabel", "labels": LABELS},
    {"task": "answer", "type": "span"},
]

TASKS = """\
tasks:
  mood:
    kind: classification
    data: {path: rows.jsonl}
    input: "mood: {text}"
    segments: ["{text}", "{other}"]
    reference: mood
    labels: [positive, neutral, negative]
  topics: {kind: multilabel, data: {path: rows.jsonl}, input: "{text}", reference: topics, labels: [positive, neutral, negative]}
  rating: {kind: regression, data: {path: rows.jsonl}, input: "{text}", reference: rating}
  things: {kind: ner, data: {path: rows.jsonl}, input: "{words}", words: words, reference: tags}
  answer:
    kind: qa
    data: {path: rows.jsonl}
    input: "{other}: {text}"
    segments: ["{other}", "{text}"]
    reference: text
  parse: {kind: parsing, data: {path: rows.jsonl}, input: "{words}", words: words, reference: [heads, relations]}
  pick: {kind: multiple_choice, data: {path: rows.jsonl}, input: "{text}", choices: choices, reference: right}
"""


def write_data(folder: Path, rows: int = 20) -> None:
    chance = random.Random(0)
    found = []
    for number in range(rows):
        words = chance.choices(WORDS, k=chance.randint(2, 8))
        found.append(
            {
                "text": " ".join(words), "other": f"row {number}", "mood": chance.choice(LABELS).lower(), "words": words,
                "topics": ["positive"], "rating": chance.random(), "tags": [chance.choice(TAGS) for _ in words],
                "heads": list(range(len(words))), "relations": ["sub"] * len(words), "choices": ["bread", "a room"],
                "right": 0,
            }
        )  # fmt: skip
    write_rows(folder / "rows.jsonl", found)


def write_suite(folder: Path, models: str, tasks: str = TASKS) -> Path:
    suite = folder / "suite.yaml"
    suite.write_text(
        f"version: 1\nname: heads\nmodels:\n{models}{tasks}significance: {{resamples: 100, permutations: 99}}\n"
    )
    return suite


def test_a_run(tmp_path: Path) -> None:
    """One encoder for all tasks against single ones, which are one model of the tasks that they are for."""
    write_data(tmp_path)
    multitask(tmp_path / "joint", "bert", HEADS)
    headed(tmp_path / "mood", "roberta", "SequenceClassification", ("LABEL_0", "LABEL_1", "LABEL_2"))
    headed(tmp_path / "things", "electra", "TokenClassification", TAGS)
    suite = write_suite(
        tmp_path,
        "  joint: {checkpoint: joint}\n"
        "  single:\n    checkpoints: {mood: mood, things: things}\n"
        "    head_labels: {mood: [negative, neutral, positive]}\n",
    )
    done = mtlbench("run", suite, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    run = the_run(tmp_path)
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["status"] == "complete"
    assert manifest["models"]["single"]["kind"] == "heads"
    asked = {(pair["model"], pair["task"]) for pair in manifest["pairs"]}
    tasks = {head["task"] for head in HEADS}
    assert asked == {*(("joint", task) for task in tasks), ("single", "mood"), ("single", "things")}
    results = json.loads((run / "results.json").read_text())
    assert all(row["value"] is not None for row in results["scores"] if row["metric"] == "invalid_rate")
    assert {row["value"] for row in results["scores"] if row["metric"] == "invalid_rate"} == {0.0}


def test_what_is_wrong_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    write_data(tmp_path)
    multitask(tmp_path / "joint", "bert", HEADS[:3])
    headed(tmp_path / "other", "bert", "SequenceClassification", ("good", "bad"))
    headed(tmp_path / "unnamed", "bert", "SequenceClassification", num_labels=3)
    headed(tmp_path / "tags", "bert", "TokenClassification", TAGS)
    headed(tmp_path / "pickled", "bert", "SequenceClassification", LABELS)
    (tmp_path / "pickled" / "model.safetensors").rename(tmp_path / "pickled" / "pytorch_model.bin")
    text2text(tmp_path / "t5", "t5")
    suite = write_suite(
        tmp_path,
        "  missing: {checkpoint: joint, tasks: [mood, parse]}\n"
        "  other-labels: {checkpoint: other, tasks: [mood]}\n"
        "  unnamed: {checkpoint: unnamed, tasks: [mood]}\n"
        "  miscounted: {checkpoint: unnamed, tasks: [mood], head_labels: {mood: [positive, negative]}}\n"
        "  other-type: {checkpoint: tags, tasks: [mood]}\n"
        "  pickled: {checkpoint: pickled, tasks: [mood]}\n"
        "  headless: {checkpoints: {mood: t5}}\n"
        "  nowhere: {checkpoints: {mood: ../models/mood, tagz: tags}}\n",
    )
    done = mtlbench("validate", suite, cwd=tmp_path, COLUMNS="250")
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 2
    for message in (
        "joint has no head for the task parse: its heads are for mood, rating, things",
        "the head of other for the task mood has the labels good, bad; the task has positive, neutral, negative",
        "the head of unnamed for the task mood has the labels LABEL_0, LABEL_1, LABEL_2",
        "`head_labels: {mood: […]}`",
        "`head_labels` names 2 labels for mood, its head in unnamed has 3",
        "the head of tags for the task mood is for tagging, and cannot answer with label",
        "pickled has pickled weights only",
        "t5 has no head for the task mood: it is a T5ForConditionalGeneration without one",
        "there is no checkpoint folder ../models/mood",
        "the suite has no task “tagz”",
    ):
        assert message in said, message
    assert "Traceback" not in said


def test_a_task_for_which_there_is_no_checkpoint(tmp_path: Path) -> None:
    write_data(tmp_path)
    headed(tmp_path / "mood", "bert", "SequenceClassification", LABELS)
    suite = write_suite(tmp_path, "  single: {checkpoints: {mood: mood}, tasks: [mood, rating]}\n")
    done = mtlbench("validate", suite, cwd=tmp_path, COLUMNS="200")
    assert done.returncode == 2
    assert "`tasks` names “rating”, for which `checkpoints` has none" in " ".join((done.stdout + done.stderr).split())


def test_a_head_that_is_not_among_the_weights(tmp_path: Path) -> None:
    """The encoder alone, under a configuration that promises a head."""
    from transformers import AutoModel

    tokens = tokenizer("bert")
    made = config("bert", tokens, architectures=["BertForSequenceClassification"])
    AutoModel.from_config(made).save_pretrained(tmp_path)
    tokens.save_pretrained(tmp_path)
    written = tmp_path / "config.json"
    written.write_text(written.read_text().replace('"BertModel"', '"BertForSequenceClassification"'))
    with pytest.raises(InputError, match=r"lacks weights that its config\.json calls for: classifier\.bias"):
        load(tmp_path)


def test_a_head_of_ours_that_is_not_among_the_weights(tmp_path: Path) -> None:
    multitask(tmp_path / "a", "bert", HEADS[:2])
    multitask(tmp_path / "b", "bert", HEADS[:1])
    (tmp_path / "a" / "model.safetensors").write_bytes((tmp_path / "b" / "model.safetensors").read_bytes())
    with pytest.raises(InputError, match=r"lacks weights .* head_list\.1\.output\.bias"):
        load(tmp_path / "a")


def test_a_tokenizer_of_another_model(tmp_path: Path) -> None:
    folder = headed(tmp_path, "bert", "SequenceClassification", LABELS)
    for file in folder.glob("tokenizer*"):
        file.unlink()
    tokenizer("roberta").save_pretrained(folder)
    with pytest.raises(InputError, match="do not belong together"):
        load(folder)


def test_a_tokenizer_without_padding(tmp_path: Path) -> None:
    folder = headed(tmp_path, "bert", "SequenceClassification", LABELS)
    written = folder / "tokenizer_config.json"
    tokens = {**json.loads(written.read_text()), "pad_token": None}
    written.write_text(json.dumps(tokens))
    with pytest.raises(InputError, match="has no padding token"):
        load(folder)
