"""A suite whose tasks weigh by difficulty, with limits: from predictions to results and what a user sees."""

from __future__ import annotations

from pathlib import Path

import pytest

import mtlbench
from mtlbench.cli.app import run_command
from mtlbench.results import Results, find_run
from mtlbench.suite.faults import InputError
from tests.projects import write_rows

TASK = """\
  {name}:
    kind: classification
    data: {{path: rows.jsonl}}
    input: "{{text}}"
    reference: label
    labels: [bad, good]
    metrics: [accuracy]
"""
SUITE = (
    """\
version: 1
name: hard
overall: {weights: difficulty}
models:
  both: {predictions: both, trained_on: {easy: 3, hard: 1}}
  other: {predictions: other, trained_on: {easy: 1, hard: 1}}
  alone-easy: {predictions: easy, trained_on: [easy], tasks: [easy]}
  alone-hard: {predictions: hard, trained_on: [hard], tasks: [hard]}
tasks:
"""
    + TASK.format(name="easy")
    + "    minimum: 70\n    priority: critical\n"
    + TASK.format(name="hard")
    + "    max_regression: 5\n    priority: critical\n"
    + TASK.format(name="aside")
    + "    weight: 0\n"
    + "significance: {resamples: 200, permutations: 199}\n"
)
RIGHT = {("both", "easy"): 95, ("both", "hard"): 50, ("other", "easy"): 60, ("other", "hard"): 80}
RIGHT |= {("easy", "easy"): 90, ("hard", "hard"): 70, ("both", "aside"): 50, ("other", "aside"): 60}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """100 rows, of which each model has so many right: baselines leave 10 and 30, a quarter and three quarters."""
    write_rows(tmp_path / "rows.jsonl", [{"text": f"t{n}", "label": "good"} for n in range(100)])
    for (folder, task), right in RIGHT.items():
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / f"{task}.txt").write_text("good\n" * right + "bad\n" * (100 - right))
    (tmp_path / "suite.yaml").write_text(SUITE)
    return tmp_path


def scored(project: Path) -> Results:
    loaded = mtlbench.load_suite(project / "suite.yaml")
    return mtlbench.score(mtlbench.execute(mtlbench.plan(loaded, output=project / "results")))


def test_by_difficulty(project: Path) -> None:
    results = scored(project)
    assert {task.name: task.weight for task in results.tasks} == pytest.approx({"easy": 0.25, "hard": 0.75, "aside": 0})
    assert {row.model: row.value for row in results.overall if row.value} == pytest.approx({"both": 61.25, "other": 75})
    weighted = {row.model: row.value for row in results.aggregates if row.name == "difficulty_weighted" and row.value}
    assert weighted == pytest.approx({"both": 61.25, "other": 75})


def test_every_list_has_its_rows(project: Path) -> None:
    """Level where 95a + 50(1 − a) = 60a + 80(1 − a): a = 6/13."""
    results = scored(project)
    broken = {(row.model, row.task): row.broken for row in results.limits}
    assert broken == {
        ("both", "easy"): False,
        ("other", "easy"): True,
        ("alone-easy", "easy"): False,
        ("both", "hard"): True,
        ("other", "hard"): False,
    }
    assert {row.model: row.breaks for row in results.overall if row.breaks} == {"both": ["hard"], "other": ["easy"]}
    assert {row.model: row.total_variation for row in results.alignment} == pytest.approx({"both": 0.5, "other": 0.25})
    assert [row.distance for row in results.sensitivity] == pytest.approx([6 / 13 - 1 / 4] * 2)
    worst = {row.model: row.task for row in results.balance if row.name == "worst_task"}
    assert worst == {"both": "hard", "other": "easy"}
    assert {row.reason for row in results.consistency} == {"fewer than 3 models have all tasks"}


def test_a_user_sees_marks_and_the_finding(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("COLUMNS", "200")
    assert run_command(["run", "suite.yaml", "--progress", "none"]) == 0
    shown = capsys.readouterr().out
    assert "✗ easy" in shown
    assert "✗ hard" in shown
    assert "First place changes if 21.2% of the weight moves from hard to easy: both is then level with other." in shown


def test_a_difficulty_that_is_not_known_loses_no_output(project: Path) -> None:
    """The suite of the run is changed: its baseline was trained on more."""
    scored(project)
    folder = find_run(project / "results/hard")
    kept = folder.suite_path.read_text()
    folder.suite_path.write_text(kept.replace("  alone-hard:\n", "  alone-hard:\n    fraction_of: both\n"))
    with pytest.raises(InputError, match="no score of a single-task baseline on hard") as refused:
        mtlbench.score(folder)
    assert "no output is lost" in refused.value.faults[0].hint
    folder.suite_path.write_text(kept.replace("weights: difficulty", "weights: equal"))
    assert [task.weight for task in mtlbench.score(folder).tasks] == pytest.approx([1 / 3] * 3)
