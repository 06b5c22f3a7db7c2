"""Sequences and shares of rows through the command line: predictions made elsewhere, to results.json, page and terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.projects import mtlbench, the_run, write_rows

ROWS = 50
RIGHT = {"start": (10, 10), "one": (40, 15), "two": (30, 45), "joint": (42, 46), "joint-half": (35, 41)}
"""Right answers of each model on the two tasks."""

SUITE = """\
version: 1
name: sequences
models:
  start: {predictions: start}
  one: {predictions: one, trained_on: [a], trained_rows: {a: 800}}
  two: {predictions: two, trained_on: [a, b], trained_rows: {a: 800, b: 800}}
  joint: {predictions: joint, trained_on: [a, b], trained_rows: {a: 800, b: 800}}
  joint-half: {predictions: joint-half, trained_on: [a, b], trained_rows: {a: 400, b: 400}, fraction_of: joint}
  single-a: {predictions: two, trained_on: [a], trained_rows: {a: 800}, tasks: [a]}
sequences:
  course: {start: start, stages: [{model: one, tasks: [a]}, {model: two, tasks: [b]}]}
tasks:
  a: {kind: classification, data: {path: rows.jsonl}, input: "{text}", reference: label, labels: ["no", "yes"]}
  b: {kind: classification, data: {path: rows.jsonl}, input: "{text}", reference: label, labels: ["no", "yes"]}
significance: {resamples: 200, permutations: 199}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The run's folder, and what the terminal showed."""
    folder = tmp_path_factory.mktemp("sequences")
    write_rows(folder / "rows.jsonl", [{"text": f"text {n}", "label": "yes"} for n in range(ROWS)])
    for model, counts in RIGHT.items():
        (folder / model).mkdir()
        for task, right in zip("ab", counts, strict=True):
            answers = [{"id": str(n), "prediction": "yes" if n < right else "no"} for n in range(ROWS)]
            write_rows(folder / model / f"{task}.jsonl", answers)
    (folder / "suite.yaml").write_text(SUITE)
    done = mtlbench("run", "suite.yaml", cwd=folder, COLUMNS="200")
    assert done.returncode == 0, done.stderr
    return the_run(folder), done.stdout


def test_results_hold_forgetting_and_curves(run: tuple[Path, str]) -> None:
    results: dict[str, Any] = json.loads((run[0] / "results.json").read_text())
    averages = {row["measure"]: row["value"] for row in results["forgetting"] if row["task"] is None}
    expected = {"forgetting": 20, "backward": -20, "forward": 10, "intransigence": (4 + 2) / 2, "learned": 85}
    assert {name: averages[name] for name in expected} == pytest.approx(expected)
    assert len(results["retention"]) == 6
    assert [(row["model"], row["rows"]) for row in results["curves"][:2]] == [("joint-half", 400), ("joint", 800)]
    areas = {row["task"]: row["value"] for row in results["data_efficiency"]}
    assert areas == pytest.approx({"a": (70 + 84) / 2, "b": (82 + 92) / 2})
    (reach,) = results["examples_to_reach"]
    assert (reach["baseline"], reach["ratio"]) == ("single-a", None)
    assert reach["reason"] == "reached with fewer than 400 rows, the fewest of the curve"


def test_page_and_terminal_tell_of_both(run: tuple[Path, str]) -> None:
    page = (run[0] / "index.html").read_text()
    assert page.count('class="plot"') == 3, "plasticity, and a curve for each task"
    for title in ("Forgetting", "Data efficiency"):
        assert f">{title}</h2>" in page
        assert title in run[1]
    assert "▼ +20.0" in run[1]
