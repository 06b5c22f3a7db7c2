"""Few-shot: seeded examples, none of them evaluated, the same before every input, in the prompt, the key and the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from mtlbench.checking import load_suite
from mtlbench.runner.cache import output_key
from mtlbench.runner.plan import Plan, plan
from mtlbench.suite.faults import InputError, SuiteError
from tests import decoders
from tests.projects import mtlbench, the_run, write_rows

SUITE = """\
version: 1
name: few
seed: 5
models:
  zero: {checkpoint: gpt2}
  two: {checkpoint: gpt2, shots: 2}
  four: {checkpoint: gpt2, shots: 4, inputs: {mood: "{text}\\nmood:"}}
tasks:
  mood:
    kind: classification
    data: {path: mood.jsonl}
    examples: {path: train.jsonl}
    input: "mood: {text} ="
    reference: label
    labels: {bad: 0, good: 1}
    generation: {max_new_tokens: 3, stop: ["\\n"]}
  pick:
    kind: multiple_choice
    data: {path: mood.jsonl}
    examples: {path: train.jsonl}
    input: "{text} is"
    choices: [first, second]
    reference: label
  news:
    kind: language_modeling
    data: {path: mood.jsonl}
    input: "{text}"
    reference: text
    weight: 0
significance: {resamples: 100, permutations: 99}
"""
TRAINING = 'examples: {path: train.jsonl}\n    input: "mood'


def row(number: int) -> dict[str, Any]:
    return {"id": f"r{number}", "text": f"room {number}", "label": number % 2, "first": "cold", "second": "clean"}


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return decoders.decoder(tmp_path_factory.mktemp("shots"), "gpt2")


@pytest.fixture
def project(tmp_path: Path, gpt2: Path) -> Path:
    """Twelve evaluated rows; of twelve examples, two have an evaluated row's text."""
    folder = tmp_path / "project"
    folder.mkdir()
    write_rows(folder / "mood.jsonl", [row(number) for number in range(12)])
    write_rows(folder / "train.jsonl", [row(number) for number in range(10, 22)])
    (folder / "gpt2").symlink_to(gpt2)
    (folder / "suite.yaml").write_text(SUITE)
    return folder


def edited(project: Path, *changes: tuple[str, str]) -> Path:
    suite = project / "suite.yaml"
    text = suite.read_text()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    suite.write_text(text)
    return suite


def planned(project: Path, *changes: tuple[str, str], **choice: Any) -> Plan:
    return plan(load_suite(edited(project, *changes)), output=project / "results", **choice)


def shots(made: Plan, model: str, task: str) -> set[tuple[tuple[str, str], ...]]:
    return {request.question.shots for request in made.requests(model, task)}


def test_every_input_is_shown_the_same_examples_none_of_them_evaluated(project: Path) -> None:
    made = planned(project)
    (two,), (four,) = shots(made, "two", "mood"), shots(made, "four", "mood")
    assert shots(made, "zero", "mood") == {()}
    assert len(two) == 2
    assert len(set(four)) == 4
    fresh = {f"mood: room {number} =": ("bad", "good")[number % 2] for number in range(12, 22)}
    assert dict(two).items() <= fresh.items()
    own = [(text.removeprefix("mood: ").removesuffix(" =") + "\nmood:", answer) for text, answer in two]
    assert list(four[:2]) == own, "fewer shots are the first of more, in the model's own template"
    prompt = made.requests("two", "mood")[0].text
    assert prompt == f"{two[0][0]} {two[0][1]}\n\n{two[1][0]} {two[1][1]}\n\nmood: room 0 ="


def test_answers_are_the_choices_own_texts_and_language_modelling_has_none(project: Path) -> None:
    made = planned(project)
    (found,) = shots(made, "four", "pick")
    assert {answer for _, answer in found} <= {"cold", "clean"}
    for text, answer in found:
        assert answer == ("cold", "clean")[int(text.split()[1]) % 2]
    assert shots(made, "four", "news") == {()}


def test_examples_depend_on_the_seed_and_the_task_but_on_no_limit(project: Path) -> None:
    made = planned(project)
    (base,) = shots(made, "four", "mood")
    assert shots(planned(project, limit=3), "four", "mood") == {base}
    assert shots(planned(project, models=["four"]), "four", "mood") == {base}
    numbers = [text.split()[1] for text, _ in base]
    (pick,) = shots(made, "four", "pick")
    assert [text.split()[1] for text, _ in pick] != numbers
    assert shots(planned(project, ("seed: 5", "seed: 6")), "four", "mood") != {base}


def test_examples_are_in_the_keys_and_in_the_runs_name(project: Path) -> None:
    made = planned(project)
    identity = made.models["two"].identity
    keys = {output_key(identity, {}, made.requests(model, "pick")[0]) for model in ("zero", "two", "four")}
    assert len(keys) == 3
    write_rows(project / "train.jsonl", [row(number) for number in range(10, 23)])
    assert planned(project).run_id != made.run_id


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        (("    examples: {path: train.jsonl}\n    input: \"mood", '    input: "mood'), 6, "model `two` has shots, and task `mood` no `examples` for them"),
        ((TRAINING, TRAINING.replace("train", "mood")), 12, "mood: 4 shots are wanted, and mood.jsonl has 0 rows that are not evaluated"),
        ((TRAINING, TRAINING.replace("train", "other")), 12, "other.jsonl has no column “label”"),
        ((TRAINING, TRAINING.replace("train", "wrong")), 12, "“7” is none of the labels 0, 1"),
        ((TRAINING, TRAINING.replace("train", "gone")), 12, "gone.jsonl"),
        (("shots: 2}", "shots: 11}"), 12, "11 shots are wanted, and train.jsonl has 10 rows"),
        (("  zero: {checkpoint: gpt2}", "  zero: {predictions: gpt2, shots: 1, tasks: [pick]}"), 5, "`shots` is no key of models of kind predictions"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_before_anything_runs(
    project: Path, change: tuple[str, str], line: int, message: str
) -> None:
    write_rows(project / "other.jsonl", [{"id": "a", "text": "room"}])
    write_rows(project / "wrong.jsonl", [{**row(number), "label": 7} for number in range(30, 40)])
    with pytest.raises(SuiteError) as raised:
        load_suite(edited(project, change))
    told = [(fault.place and fault.place.line, fault.message) for fault in raised.value.faults]
    assert any(where == line and message in text for where, text in told), told


def test_examples_are_checked_again_where_the_suite_was_not(project: Path) -> None:
    loaded = load_suite(project / "suite.yaml")
    write_rows(project / "train.jsonl", [row(number) for number in range(3)])
    with pytest.raises(InputError, match="0 rows that are not evaluated"):
        plan(loaded, output=project / "results")


def test_a_few_shot_suite_runs(project: Path) -> None:
    done = mtlbench("run", "suite.yaml", cwd=project)
    assert done.returncode == 0, done.stderr
    run = the_run(project)
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["status"] == "complete"
    assert {task: len(record["ids"]) for task, record in manifest["examples"].items()} == {"mood": 4, "pick": 4}
    tables = {
        model: pq.read_table(run / "predictions" / model / "pick.parquet").to_pydict() for model in ("zero", "two")
    }
    assert tables["two"]["input"] == tables["zero"]["input"] == [f"room {number} is" for number in range(12)]
    assert tables["two"]["scores"] != tables["zero"]["scores"]
    assert all(two > zero for two, zero in zip(*(tables[m]["input_tokens"] for m in ("two", "zero")), strict=True))
    scores = json.loads((run / "results.json").read_text())["scores"]
    measured = {row["model"]: row["value"] for row in scores if row["task"] == "news" and row["metric"] == "perplexity"}
    assert measured["zero"] == measured["two"] == measured["four"] > 1
