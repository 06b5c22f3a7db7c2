"""The tidy lists as CSV and Parquet, and scores in the forms of the Hugging Face Hub."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from huggingface_hub import parse_eval_result_entries
from huggingface_hub.repocard_data import model_index_to_eval_results
from ruamel.yaml import YAML

from mtlbench.report.exports import tidy_lists, write_csv, write_parquet
from mtlbench.report.huggingface import write_hub_results
from mtlbench.results import Results
from mtlbench.suite.declarations import Data

COMMIT = "bcdcba79d07bc864c1c254ccfcedcce55bcc9a8c"


def read_yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def test_every_list_has_its_csv(realistic: Results, tmp_path: Path) -> None:
    written = write_csv(realistic, tmp_path)
    lists = {name: value for name, value in json.loads(realistic.model_dump_json()).items() if isinstance(value, list)}
    assert {path.stem for path in written} == set(lists)
    for path in written:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len(lists[path.stem]), path
        for read, row in zip(rows, lists[path.stem], strict=True):
            for key, value in row.items():
                shown = "" if value is None else json.dumps(value) if isinstance(value, list | dict) else str(value)
                assert read[key] == shown


def test_parquet_keeps_numbers_nulls_and_types(realistic: Results, tmp_path: Path) -> None:
    write_parquet(realistic, tmp_path)
    for name, _, rows in tidy_lists(realistic):
        assert pq.read_table(tmp_path / f"{name}.parquet").to_pylist() == rows
    types = {field.name: str(field.type) for field in pq.read_schema(tmp_path / "flips.parquet")}
    assert types.items() >= {
        "model": "string", "lost_count": "int64", "kappa": "double", "lost": "string", "test": "string",
    }.items()  # fmt: skip
    assert str(pq.read_schema(tmp_path / "comparisons.parquet").field("significant").type) == "bool"


def of_hub(results: Results, names: dict[str, str]) -> Results:
    """The tasks named, as if their rows were of a Hub dataset."""
    tasks = [task.model_copy(update={"source": names.get(task.name, task.source)}) for task in results.tasks]
    return results.model_copy(update={"tasks": tasks})


@pytest.fixture
def exported(realistic: Results, tmp_path: Path) -> tuple[Path, list[str]]:
    glue = f"nyu-mll/glue@{COMMIT}"
    results = of_hub(realistic, {"sentiment": glue, "entailment": glue, "paraphrase": "nyu-mll/glue"})
    data = {
        "sentiment": Data(hub="nyu-mll/glue", config="sst2", split="validation"),
        "entailment": Data(hub="nyu-mll/glue", config="rte", split="validation"),
    }
    done = write_hub_results(results, data, tmp_path)
    assert all(path.is_file() for path in done.files)
    return tmp_path, done.left_out


def test_hub_entries_are_of_hub_datasets_at_a_commit(exported: tuple[Path, list[str]], realistic: Results) -> None:
    folder, left_out = exported
    found = parse_eval_result_entries(read_yaml(folder / "t5-small-joint/.eval_results/everyday-english.yaml"))
    scores = {(row.model, row.task): row.value for row in realistic.scores if row.headline}
    assert [(each.dataset_id, each.task_id, each.dataset_revision) for each in found] == [
        ("nyu-mll/glue", "sentiment", COMMIT), ("nyu-mll/glue", "entailment", COMMIT),
    ]  # fmt: skip
    assert [each.value for each in found] == [scores["t5-small-joint", each.task_id] for each in found]
    assert found[0].notes is not None
    assert found[0].notes.startswith("accuracy, 95% interval [47.9, 50.9], 872 rows; mtlbench 0.1.0")
    assert (
        "paraphrase: its rows are of no Hub dataset at a known commit, so it is in model-index.yaml alone" in left_out
    )


def test_the_model_index_has_every_metric_of_every_task(exported: tuple[Path, list[str]], realistic: Results) -> None:
    folder, left_out = exported
    index = read_yaml(folder / "t5-small-weighted/model-index.yaml")["model-index"]
    name, found = model_index_to_eval_results(index)
    assert name == "t5-small-weighted"
    rows = {
        (row.task, row.metric): row.value for row in realistic.scores if row.model == name and row.value is not None
    }
    assert {(each.task_name, each.metric_type): each.metric_value for each in found} == rows
    assert (found[0].dataset_type, found[0].dataset_config) == ("nyu-mll/glue", "sst2")
    assert any(line.startswith("t5-small-weighted, similarity, spearman: constant predictions") for line in left_out)
