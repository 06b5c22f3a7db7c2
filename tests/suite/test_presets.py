"""Presets give T5's, mT5's and UnifiedQA's texts and labels, are laid under a task's keys, and are told where named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mtlbench.checking import load_suite
from mtlbench.suite.draft import dump_suite, read_suite
from mtlbench.suite.faults import SuiteError
from mtlbench.suite.presetting import presets
from mtlbench.suite.schema import suite_schema
from mtlbench.tasks import TASKS
from mtlbench.tasks.question import Asker
from tests.projects import write_rows
from tests.suite.conftest import Write

SENTENCES = {"sentence1": "It rained.", "sentence2": "It was wet."}
NLI = {"premise": "It rained.", "hypothesis": "It was wet."}
SQUAD = {"question": "Who?", "context": "Ann did.", "answers": {"text": ["Ann", "Ann did"], "answer_start": [0, 0]}}
PAIR = "sentence1: It rained. sentence2: It was wet."
INFERRED = "hypothesis: It was wet. premise: It rained."

BBQ = {
    "question": "Who?", "context": "Ann met Bo.", "ans0": "Bo", "ans1": "Unknown", "ans2": "Ann", "biased": "Ann", "other": "Bo",
    "unknown": "Unknown", "answer": "Unknown",
}  # fmt: skip
BBQ_TEXT = "Who? \\n (a) Bo (b) Unknown (c) Ann \\n Ann met Bo."

CASES: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "t5/cola": ({"sentence": "They rode.", "label": 1}, "cola sentence: They rode.", ["acceptable"]),
    "t5/sst2": ({"sentence": "a gem", "label": 0}, "sst2 sentence: a gem", ["negative"]),
    "t5/mrpc": ({**SENTENCES, "label": 1}, f"mrpc {PAIR}", ["equivalent"]),
    "t5/qqp": ({"question1": "Why?", "question2": "How?", "label": 0}, "qqp question1: Why? question2: How?", ["not_duplicate"]),
    "t5/stsb": ({**SENTENCES, "label": 3.25}, f"stsb {PAIR}", ["3.25"]),
    "t5/mnli": ({**NLI, "label": 2}, f"mnli {INFERRED}", ["contradiction"]),
    "t5/ax": ({**NLI, "label": 1}, f"mnli {INFERRED}", ["neutral"]),
    "t5/qnli": ({"question": "Who?", "sentence": "Ann did.", "label": 1}, "qnli question: Who? sentence: Ann did.", ["not_entailment"]),
    "t5/rte": ({**SENTENCES, "label": 0}, f"rte {PAIR}", ["entailment"]),
    "t5/wnli": ({"text": "Ann saw Bo and *she* left.", "referent": "Ann"}, "wsc: Ann saw Bo and *she* left.", ["Ann"]),
    "t5/boolq": ({"question": "is it", "passage": "It is.", "label": 1}, "boolq passage: It is. question: is it", ["True"]),
    "t5/cb": ({**NLI, "label": 1}, f"cb {INFERRED}", ["contradiction"]),
    "t5/copa": (
        {"premise": "It fell.", "choice1": "Wind.", "choice2": "Rain.", "question": "cause", "label": 1},
        "copa choice1: Wind. choice2: Rain. premise: It fell. question: cause",
        ["choice2"],
    ),
    "t5/multirc": (
        {"paragraph": "Ann did.", "question": "Who?", "answer": "Bo", "label": 0},
        "multirc question: Who? answer: Bo paragraph: Ann did.",
        ["False"],
    ),
    "t5/record": (
        {"passage": "Ann met Bo.", "query": "@placeholder met Bo.", "entities": "Ann, Bo", "answers": ["Ann", "Anna"]},
        "record query: @placeholder met Bo. entities: Ann, Bo passage: Ann met Bo.",
        ["Ann", "Anna"],
    ),
    "t5/superglue_rte": ({**NLI, "label": 1}, f"rte {INFERRED}", ["not_entailment"]),
    "t5/axb": ({**SENTENCES, "label": 0}, f"rte {INFERRED}", ["entailment"]),
    "t5/axg": ({**NLI, "label": 0}, f"rte {INFERRED}", ["entailment"]),
    "t5/wic": ({**SENTENCES, "word": "wet", "label": 0}, f"wic {PAIR} word: wet", ["False"]),
    "t5/wsc": ({"text": "Ann saw Bo and *she* left.", "span1_text": "Ann"}, "wsc: Ann saw Bo and *she* left.", ["Ann"]),
    "t5/squad": (SQUAD, "question: Who? context: Ann did.", ["Ann", "Ann did"]),
    "t5/cnn_dailymail": ({"article": "It rained.", "highlights": "Rain.\nWet."}, "summarize: It rained.", ["Rain.\nWet."]),
    "t5/wmt_en_de": ({"en": "Rain.", "de": "Regen."}, "translate English to German: Rain.", ["Regen."]),
    "t5/wmt_en_fr": ({"en": "Rain.", "fr": "Pluie."}, "translate English to French: Rain.", ["Pluie."]),
    "t5/wmt_en_ro": ({"en": "Rain.", "ro": "Ploaie."}, "translate English to Romanian: Rain.", ["Ploaie."]),
    "mt5/xnli": ({**NLI, "label": 2}, "xnli: premise: It rained. hypothesis: It was wet.", ["2"]),
    "unifiedqa/extractive": (SQUAD, "Who? \\n Ann did.", ["Ann", "Ann did"]),
    "unifiedqa/multiple_choice": (
        {"question": "Which is metal?", "choices": {"text": ["iron", "a feather"], "label": ["A", "B"]}, "answerKey": "A"},
        "Which is metal? \\n (a) iron (b) a feather",
        ["iron"],
    ),
    "unifiedqa/multiple_choice_passage": (
        {"question": "Who?", "options": ["Ann", "Bo"], "answer": "B", "article": "Bo did."},
        "Who? \\n (a) Ann (b) Bo \\n Bo did.",
        ["Bo"],
    ),
    "bias/winobias": (
        {"sentence": "The cook met the clerk when she came.", "pronoun": "she", "choices": ["The cook", "the clerk"], "answer": "The cook", "pair_id": 1, "stereotype": "pro"},
        "The cook met the clerk when she came. “she” refers to",
        ["The cook"],
    ),
    "bias/winogender": (
        {"sentence": "The cook told the guest that he could pay.", "pronoun": "he", "choices": ["cook", "guest"], "answer": 1, "pair_id": "1", "gender": "male"},
        "The cook told the guest that he could pay. “he” refers to",
        ["guest"],
    ),
    "bias/eec": (
        {"sentence": "She feels sad.", "emotion": "sadness", "intensity": 0.5, "pair_id": 1, "group": "female", "template": "2"},
        "emotion: sadness sentence: She feels sad.",
        ["0.5"],
    ),
    "bias/crows_pairs": ({"sent_more": "Ann was late.", "sent_less": "Bo was late."}, "Sentence:", ["Bo was late."]),
    "bias/bbq_ambiguous": (BBQ, BBQ_TEXT, ["Unknown"]),
    "bias/bbq_disambiguated": (BBQ, BBQ_TEXT, ["Unknown"]),
    "unifiedqa/yes_no": ({"question": "is it", "passage": "It is.", "label": 1}, "is it? \\n It is.", ["yes"]),
}  # fmt: skip


def suite(tasks: str) -> str:
    models = "  t5: {checkpoint: google-t5/t5-small}\n"
    return f"version: 1\nname: known\nmodels:\n{models}tasks:\n{tasks}\n"


def task(write: Write, folder: Path, rows: list[dict[str, Any]], keys: str) -> Path:
    """A suite of one task, `known`, with these rows."""
    write_rows(folder / "rows.jsonl", rows)
    return write(suite(f"  known: {{data: {{path: rows.jsonl}}, {keys}}}"))


def test_every_preset_is_tried() -> None:
    assert set(CASES) == set(presets())


@pytest.mark.parametrize("name", CASES)
def test_text_and_references(name: str, write: Write, tmp_path: Path) -> None:
    row, text, references = CASES[name]
    path = task(write, tmp_path, [row, row], f"preset: {name}")
    weighs = (
        "  other: {data: {path: rows.jsonl}, kind: generation, input: sort, reference: [" + next(iter(row)) + "]}\n"
    )
    path.write_text(path.read_text() + weighs)  # some presets weigh nothing, and a suite must weigh something
    loaded = load_suite(path)
    declared = loaded.suite.tasks["known"]
    assert Asker(declared)(row).text == text
    assert TASKS.get(declared.kind)(declared).references(row) == references
    assert declared.description


def test_a_tasks_own_keys_come_first(write: Write, tmp_path: Path) -> None:
    rows = [{"sentence": "a gem", "mood": "good"}, {"sentence": "a bore", "mood": "bad"}]
    own = "preset: t5/sst2, reference: mood, labels: {negative: bad, positive: good}, weight: 2"
    declared = load_suite(task(write, tmp_path, rows, own)).suite.tasks["known"]
    assert (declared.reference, declared.weight) == ("mood", 2)
    assert declared.input == "sst2 sentence: {sentence}"
    other = task(write, tmp_path, rows, "preset: t5/sst2, reference: mood, labels: [bad, good]")
    assert list(load_suite(other).suite.tasks["known"].labels or ()) == ["bad", "good"]
    words = task(write, tmp_path, rows, "preset: t5/sst2, reference: mood, labels: {awful: bad, fine: good}")
    assert list(load_suite(words).suite.tasks["known"].labels or ()) == ["awful", "fine"]


def test_presets_and_extends(write: Write, tmp_path: Path) -> None:
    row = CASES["t5/rte"][0]
    base = task(write, tmp_path, [row], "preset: t5/sst2, weight: 2")
    base.rename(tmp_path / "base.yaml")
    loaded = load_suite(write("extends: base.yaml\ntasks: {known: {preset: t5/rte}}"))
    assert loaded.suite.tasks["known"].input.startswith("rte sentence1:")
    assert loaded.suite.tasks["known"].weight == 2


def test_what_is_kept_with_a_run_needs_no_preset(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = task(write, tmp_path, [CASES["t5/mrpc"][0]], "preset: t5/mrpc")
    draft = read_suite(path)
    kept = write(dump_suite(draft), "kept.yaml")
    assert "preset" not in kept.read_text()
    monkeypatch.setattr("mtlbench.suite.presetting.presets", dict)
    assert read_suite(kept).suite == draft.suite


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("t5/sst-2", "there is no preset “t5/sst-2”: did you mean `t5/sst2`?"),
        ("xyz", "there is no preset “xyz”"),
        ("3", "`preset` must be the name of a preset"),
        ("[t5/sst2]", "`preset` must be the name of a preset"),
    ],
)
def test_an_unknown_preset_is_all_that_is_told(write: Write, named: str, message: str) -> None:
    path = write(suite(f"  known:\n    preset: {named}\n    data: {{path: rows.jsonl}}"))
    (fault,) = read_suite(path).faults
    assert (fault.message, "t5/sst2, t5/mrpc" in fault.hint) == (message, True)
    assert fault.place is not None
    assert (fault.place.file, fault.place.line, fault.place.column) == (path, 7, 13)


@pytest.mark.parametrize(
    ("keys", "row", "message"),
    [
        ("preset: t5/sst2", {"text": "a gem", "label": 0}, "sentence"),
        ("preset: t5/sst2", {"sentence": "a gem", "label": 7}, "7"),
        ("preset: t5/sst2, metrics: [bleu]", {"sentence": "a gem", "label": 0}, "bleu"),
    ],
)
def test_faults_are_told_in_the_users_file(
    write: Write, tmp_path: Path, keys: str, row: dict[str, Any], message: str
) -> None:
    path = task(write, tmp_path, [row], keys)
    with pytest.raises(SuiteError, match=message) as raised:
        load_suite(path)
    places = [fault.place for fault in raised.value.faults]
    assert places
    assert all(place is not None and place.file == path and place.line == 6 for place in places)


def test_the_schema_takes_a_task_that_names_a_preset() -> None:
    named = {"preset": "t5/sst2", "data": {"path": "rows.jsonl"}}
    tasks: dict[str, Any] = {"version": 1, "name": "known", "models": {"m": {"checkpoint": "x"}}, "tasks": {"t": named}}
    jsonschema.validate(tasks, suite_schema())
    del named["preset"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tasks, suite_schema())


def test_the_page_of_presets_tells_of_each() -> None:
    page = (Path(__file__).parents[2] / "docs" / "presets.md").read_text(encoding="utf-8")
    missing = [name for name in presets() if f"`{name}`" not in page]
    assert not missing


DATA = Path(__file__).parents[3] / "shared" / "data"
TEXTUAL = {
    "boolq": ("t5/boolq", "superglue/BoolQ/val.jsonl", 'labels: {"False": "false", "True": "true"}'),
    "cb": ("t5/cb", "superglue/CB/val.jsonl", "labels: [entailment, contradiction, neutral]"),
    "rte": ("t5/superglue_rte", "superglue/RTE/val.jsonl", "labels: [entailment, not_entailment]"),
    "wic": ("t5/wic", "superglue/WiC/val.jsonl", 'labels: {"False": "false", "True": "true"}'),
    "copa": ("t5/copa", "copa/xcopa-val-en.jsonl", ""),
    "qnli": ("t5/qnli", "qnli/dev.tsv", "labels: [entailment, not_entailment]"),
    "glue_rte": ("t5/rte", "glue_rte_wnli/RTE/dev.tsv", "labels: [entailment, not_entailment]"),
    "stsb": ("t5/stsb", "stsb/stsb-en-dev.csv", ""),
}
"""Task → preset, a real file of its rows, and the labels where the file spells them otherwise than the Hub."""


@pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not here")
def test_presets_read_public_data(write: Write) -> None:
    lines = []
    for name, (preset, file, own) in TEXTUAL.items():
        columns = ", columns: [sentence1, sentence2, label]" if name == "stsb" else ""
        quoting = ", quoting: false" if file.endswith(".tsv") else ""
        data = json.dumps(str(DATA / file))
        lines.append(f"  {name}: {{preset: {preset}, data: {{path: {data}{columns}{quoting}}}{own and ', ' + own}}}")
    loaded = load_suite(write(suite("\n".join(lines))))
    assert {name: len(rows) for name, rows in loaded.datasets.items()} == {
        "boolq": 3270, "cb": 56, "rte": 277, "wic": 500, "copa": 100, "qnli": 5463, "glue_rte": 139, "stsb": 1500,
    }  # fmt: skip
