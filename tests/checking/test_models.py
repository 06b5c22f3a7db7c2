"""Checkpoints on disk and folders of predictions: whole, or told how they are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checking.conftest import SENTIMENT, Edit, jsonl, safetensors
from tests.checking.finding import Expected, assert_faults, faults_of

JOINT = "checkpoint: models/joint"


def index(shards: dict[str, str]) -> str:
    return json.dumps({"metadata": {}, "weight_map": shards})


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"x")


def sharded(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    (folder / "model.safetensors.index.json").write_text(
        index({"shared": "model-1.safetensors", "b": "model-2.safetensors"})
    )


def misplaced(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text(index({"other": "model.safetensors"}))


def adapter(folder: Path) -> None:
    (folder / "config.json").rename(folder / "adapter_config.json")


def writing(name: str, content: str | bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def removing(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (removing("config.json"), "the checkpoint models/joint has no config.json"),
        (adapter, "it is an adapter alone: give its base"),
        (writing("config.json", "{"), "config.json of models/joint is not JSON"),
        (writing("config.json", b"\xff"), "config.json of models/joint is not JSON"),
        (writing("config.json", "[" * 100_000), "config.json of models/joint is not JSON"),
        (writing("config.json", "[]"), "config.json of models/joint holds no keys and values"),
        (writing("config.json", '{"architectures": ["BertModel"]}'), "config.json of models/joint does not tell of a kind of model that can be run (BertModel)"),
        (removing("model.safetensors"), "the checkpoint models/joint has no weights"),
        (pickled, "pickled weights only (pytorch_model.bin), which can run code when they are loaded | convert them to safetensors"),
        (writing("model.safetensors", safetensors()[:-1]), "model.safetensors of models/joint is damaged: it has 77 bytes, where its header promises 78"),
        (writing("model.safetensors", safetensors() + b"x"), "is damaged"),
        (writing("model.safetensors", b""), "is damaged: it does not begin as a safetensors file does"),
        (writing("model.safetensors", b"x" * 500), "is damaged"),
        (writing("model.safetensors", b"\x10" + b"\0" * 7 + b"{broken header}}"), "its header is damaged"),
        (writing("model.safetensors", b"version https://git-lfs.github.com/spec/v1\n"), "run `git lfs pull`"),
        (writing("model.safetensors", safetensors(())), "holds no weights"),
        (sharded, "models/joint lacks 1 of its weight files: model-2.safetensors"),
        (misplaced, "1 weights of models/joint are not in the file that model.safetensors.index.json names: other"),
        (writing("model.safetensors.index.json", "{}"), "has no `weight_map`"),
        (removing("tokenizer.json"), "the checkpoint models/joint has no tokenizer"),
    ],
)  # fmt: skip
def test_a_checkpoint_that_is_not_whole(edit: Edit, folder: Path, harm: Callable[[Path], object], message: str) -> None:
    harm(folder / "models/joint")
    assert_faults(faults_of(edit()), [(5, 17, message)])


def test_all_that_a_checkpoint_lacks_is_told(edit: Edit, folder: Path) -> None:
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (folder / "models/joint" / name).unlink()
    parts = ["has no config.json", "has no weights", "has no tokenizer"]
    assert_faults(faults_of(edit()), [(5, 17, part) for part in parts])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("checkpoint: google/flan-t5-small", []),
        ("checkpoint: t5-small\n    revision: main", []),
        ("checkpoint: ../models/nothing", [(5, 17, "there is no checkpoint folder ../models/nothing")]),
        ("checkpoint: models/nothing", [(5, 17, "there is no checkpoint nothing in the folder models | if the Hub's is meant")]),
        ("checkpoint: models/jiont", [(5, 17, "did you mean models/joint?")]),
        ("checkpoint: models/jiont\n    revision: main", []),
        ("checkpoint: a/b/c", [(5, 17, "there is no checkpoint folder a/b/c")]),
        ("checkpoint: models/joint/config.json", [(5, 17, "is a file, where a folder is needed")]),
        ("checkpoint: models/joint\n    revision: main", [(6, 5, "`revision` goes with a Hub id")]),
        ("checkpoint: models/joint\n    kind: predictions", [(6, 5, "needs `predictions:`, a folder")]),
        ("checkpoint: models/joint\n    kind: text2text\n    engine: predictions", [(7, 13, "runs models of kind predictions, not “text2text”")]),
    ],
)  # fmt: skip
def test_where_a_checkpoint_is(edit: Edit, written: str, expected: list[Expected]) -> None:
    assert_faults(faults_of(edit((JOINT, written))), expected)


def test_code_from_a_checkpoint_needs_the_flag_too(edit: Edit) -> None:
    path = edit((JOINT, f"{JOINT}\n    trust_remote_code: true"))
    assert_faults(faults_of(path), [(6, 24, "run with --trust-remote-code")])
    assert faults_of(path, trust_remote_code=True) == []


def test_tasks_it_was_trained_on_need_not_be_the_suites(edit: Edit) -> None:
    assert faults_of(edit(("[sentiment, elsewhere]", "{nowhere: 2}"))) == []


ROWS = [{"id": row["id"], "prediction": "positive"} for row in SENTIMENT]


@pytest.mark.parametrize(
    ("file", "content", "line", "message"),
    [
        ("sentiment.jsonl", jsonl(ROWS[:1]), None, "2 ids without a prediction: b, c"),
        ("sentiment.jsonl", jsonl([*ROWS, {"id": "z", "prediction": ""}]), None, "1 ids not in the data: z"),
        ("sentiment.jsonl", jsonl([*ROWS, ROWS[0]]), None, "1 ids predicted twice: a"),
        ("sentiment.jsonl", jsonl(ROWS[:2]) + "{\n" + jsonl(ROWS[2:]), 3, "no JSON"),
        ("sentiment.jsonl", jsonl([*ROWS[:2], {"id": "c"}]), 3, "a row needs `id` and `prediction`"),
        ("similarity.txt", "1\n", None, "similarity.txt has 1 lines, the task has 2 rows"),
        ("similarity.txt", "1\n2\n3", None, "similarity.txt has 3 lines, the task has 2 rows"),
        ("similarity.txt", "", None, "similarity.txt has 0 lines, the task has 2 rows"),
    ],
)
def test_predictions_that_do_not_fit_the_data(
    edit: Edit, folder: Path, file: str, content: str, line: int | None, message: str
) -> None:
    (folder / "outputs" / file).write_text(content)
    faults = faults_of(edit())
    assert faults
    assert message in " ".join(fault.message for fault in faults)
    assert {(fault.place.file.name, fault.place.line) for fault in faults if fault.place} <= {
        (file, line),
        (file, None),
    }


def test_more_than_five_ids_are_counted(edit: Edit, folder: Path) -> None:
    rows = [{**SENTIMENT[0], "id": f"r{number}"} for number in range(20)]
    (folder / "data/sentiment.jsonl").write_text(jsonl(rows))
    messages = [fault.message for fault in faults_of(edit())]
    assert "20 ids without a prediction: r0, r1, r2, r3, r4 and 15 more" in messages


def test_a_task_without_predictions(edit: Edit, folder: Path) -> None:
    (folder / "outputs/sentiment.jsonl").rename(folder / "outputs/sentimant.jsonl")
    assert_faults(
        faults_of(edit()), [(8, 18, "outputs has no predictions for task `sentiment`: did you mean `sentimant`?")]
    )
    assert faults_of(edit(("predictions: outputs", "predictions: outputs\n    tasks: [summary]"))) == []


def test_only_chosen_models_are_checked(edit: Edit) -> None:
    path = edit((JOINT, "checkpoint: models/jiont"))
    assert faults_of(path, models={"outputs"}) == []
    assert [fault.message for fault in faults_of(path, models={"output"})] == [
        "the suite has no model “output”: did you mean `outputs`?"
    ]
