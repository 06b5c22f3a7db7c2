"""A study of three tasks, from predictions to the leaderboard: what was planted is told, and told of nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.projects import mtlbench, the_run, write_rows

ROWS = 200
RIGHT = {
    "only-a": {"a": 120}, "only-b": {"b": 120}, "only-c": {"c": 120, "a": 100},
    "a-b": {"a": 160, "b": 150}, "a-c": {"a": 90, "c": 121}, "b-c": {"b": 120, "c": 80},
    "joint": {"a": 165, "b": 118, "c": 85},
}  # fmt: skip
"""Of 200: single-task models get 120. a and b help each other, c hurts a, b hurts c; the rest is nothing."""


def trained(model: str) -> list[str]:
    return ["a", "b", "c"] if model == "joint" else model.removeprefix("only-").split("-")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    folder = tmp_path_factory.mktemp("study")
    models, tasks = {}, {}
    for name in "abc":
        write_rows(
            folder / f"{name}.jsonl", [{"id": str(row), "text": f"{name} {row}", "label": "yes"} for row in range(ROWS)]
        )
        tasks[name] = {
            "kind": "classification", "data": {"path": f"{name}.jsonl"}, "input": "{text}", "reference": "label",
            "labels": ["no", "yes"], "metrics": ["accuracy"], "floor": 50,
        }  # fmt: skip
    for model, right in RIGHT.items():
        (folder / model).mkdir()
        for task, hits in right.items():
            (folder / model / f"{task}.txt").write_text("yes\n" * hits + "no\n" * (ROWS - hits))
        models[model] = {"predictions": model, "trained_on": trained(model), "tasks": list(right), "family": "t5"}
    suite = {"version": 1, "name": "study", "models": models, "tasks": tasks}
    (folder / "suite.yaml").write_text(json.dumps(suite | {"significance": {"resamples": 300, "permutations": 199}}))
    done = mtlbench("run", "suite.yaml", cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads((the_run(folder) / "results.json").read_text()), done.stdout


def test_each_planted_transfer_is_told(study: tuple[dict[str, Any], str]) -> None:
    results, _ = study
    verdicts = {(row["source"], row["target"]): row["verdict"] for row in results["transfer"]}
    assert verdicts == {
        ("a-b", "a"): "positive", ("a-b", "b"): "positive", ("a-c", "a"): "negative", ("a-c", "c"): "not separable",
        ("b-c", "b"): "not separable", ("b-c", "c"): "negative",
        ("joint", "a"): "positive", ("joint", "b"): "not separable", ("joint", "c"): "negative",
    }  # fmt: skip
    summary = {row["model"]: row["negative_share"] for row in results["transfer_summary"]}
    assert summary == {"a-b": 0, "a-c": 0.5, "b-c": 0.5, "joint": pytest.approx(1 / 3)}


def test_source_and_target(study: tuple[dict[str, Any], str]) -> None:
    results, _ = study
    cells = {(row["source"], row["target"], row["via"]): row for row in results["matrix"]}
    assert len(cells) == 7
    assert cells["b", "a", "pair"]["delta"] == pytest.approx(20)
    assert cells["c", "a", "pair"]["verdict"] == "negative"
    assert (cells["c", "a", "zero-shot"]["baseline"], cells["c", "a", "zero-shot"]["delta"]) == ("floor", 0)
    left_out = {(row["left_out"], row["target"]): row["verdict"] for row in results["contributions"]}
    assert left_out["b", "a"] == "positive"
    assert left_out["c", "b"] == "negative"
    (suggested,) = [row for row in results["groupings"] if row["method"] == "exhaustive"]
    assert (suggested["groups"], suggested["gain"]) == ([["a", "b"], ["c"]], pytest.approx((20 + 15) / 3))


def test_delta_m_and_the_terminal(study: tuple[dict[str, Any], str]) -> None:
    results, shown = study
    rows = {(row["model"], row["convention"]): row for row in results["delta_m"]}
    relative = (45 - 2 - 35) / 120 / 3
    assert rows["joint", "task_first"]["value"] == pytest.approx(100 * relative)
    assert rows["joint", "metric_flat"]["value"] == pytest.approx(-100 * relative)
    assert rows["joint", "task_first"]["delta_points"] == pytest.approx((22.5 - 1 - 17.5) / 3)
    assert "Suggested groups to train together (family t5): a with b; c alone." in " ".join(shown.split())
    assert "Δm, task-first" in " ".join(shown.split())
