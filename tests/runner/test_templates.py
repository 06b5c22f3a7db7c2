"""Templates: each model that reads text is asked every wording of a task, and the wordings count for nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from mtlbench.suite.declarations import Task
from mtlbench.suite.templates import is_rewording, rewordings, with_rewordings
from tests.projects import mtlbench, the_run, write_project

TEMPLATES = """\
    input: "mood: {text}"
    templates:
      polite: "Please tell the mood of: {text}"
      terse: "{text}"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, t5: Path) -> Path:
    """The small project, its first task in three wordings, run once."""
    folder = tmp_path_factory.mktemp("templates")
    suite = write_project(folder, t5)
    suite.write_text(suite.read_text().replace('    input: "mood: {text}"\n', TEMPLATES))
    done = mtlbench("run", "suite.yaml", cwd=folder, MTLBENCH_CACHE=str(folder / "cache"))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def results(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((the_run(folder) / "results.json").read_text())
    return found


def test_rewordings() -> None:
    task = Task(
        kind="summarization", data={"path": "x.jsonl"}, input="{a}", reference="b", weight=2, templates={"other": "{b}"}
    )
    assert with_rewordings({"t": task}) == {
        "t": task, "t@other": task.model_copy(update={"input": "{b}", "weight": 0, "templates": {}}),
    }  # fmt: skip
    assert rewordings("t", task.model_copy(update={"templates": {}})) == {}
    assert is_rewording("t@other")
    assert not is_rewording("t")


def test_models_that_read_text_are_asked_in_other_words(folder: Path) -> None:
    inputs = {
        path.stem: pq.read_table(path).column("input")[0].as_py()
        for path in (the_run(folder) / "predictions" / "single-mood").glob("*.parquet")
    }
    text = inputs["mood@terse"]
    assert inputs == {
        "mood": f"mood: {text}", "mood@polite": f"Please tell the mood of: {text}", "mood@terse": text,
    }  # fmt: skip
    elsewhere = (the_run(folder) / "predictions" / "elsewhere").glob("*.parquet")
    assert {path.stem for path in elsewhere} == {"mood", "headline"}


def test_wordings_are_compared(results: dict[str, Any]) -> None:
    rows = {row["model"]: row for row in results["templates"]}
    assert set(rows) == {"multi", "single-mood", "elsewhere"}
    headline = {row["model"]: row["value"] for row in results["scores"] if row["task"] == "mood" and row["headline"]}
    for model in ("multi", "single-mood"):
        assert set(rows[model]["scores"]) == {"input", "polite", "terse"}
        assert rows[model]["scores"]["input"] == headline[model]
        assert rows[model]["spread"] == pytest.approx(rows[model]["best_value"] - rows[model]["worst_value"])
    assert rows["elsewhere"]["mean"] is None
    assert "does not read the input as text" in rows["elsewhere"]["reason"]


def test_wordings_count_for_nothing_else(results: dict[str, Any]) -> None:
    assert [task["name"] for task in results["tasks"]] == ["mood", "headline"]
    assert sum(task["weight"] for task in results["tasks"]) == pytest.approx(1)
    rest = {key: rows for key, rows in results.items() if key not in ("templates", "warnings")}
    assert "mood@" not in json.dumps(rest)


def test_a_wording_goes_with_its_task(folder: Path) -> None:
    """A task chosen by name is asked in all its words; another is not."""
    done = mtlbench("run", "suite.yaml", "--tasks", "headline", "--output", "alone", cwd=folder)
    assert done.returncode == 0, done.stderr
    (run,) = (folder / "alone").glob("*/*/manifest.json")
    assert list(json.loads(run.read_text())["tasks"]) == ["headline"]


def test_scoring_again_and_comparing(folder: Path) -> None:
    run = the_run(folder)
    before = (run / "results.json").read_text()
    assert mtlbench("score", run, cwd=folder).returncode == 0
    assert (run / "results.json").read_text() == before
    done = mtlbench("compare", f"{run}:multi", f"{run}:single-mood", cwd=folder)
    assert "mood@" not in done.stdout
    assert done.returncode == 0, done.stderr
