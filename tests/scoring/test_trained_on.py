"""What a model was trained on: declared by the suite, else told by its checkpoint's `training.json`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mtlbench.checking import load_suite
from mtlbench.cli.app import run_command
from mtlbench.engines.checkpoint import Checkpoint
from mtlbench.results import find_run
from mtlbench.scoring import score
from tests.projects import write_project

TASKS = {"mood": {"weight": 0.75, "rows": 30}, "headline": {"weight": 0.25, "rows": 10}}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"version": 1, "tasks": TASKS}, {"mood": 0.75, "headline": 0.25}),
        ({"version": 1, "tasks": {}}, {}),
        ({"version": 2, "tasks": TASKS}, None),
        ({"tasks": ["mood"]}, None),
        ({"epoch": 3}, None),
    ],
)
def test_training_json(tmp_path: Path, content: dict[str, Any], expected: dict[str, float] | None) -> None:
    (tmp_path / "training.json").write_text(json.dumps(content))
    assert Checkpoint(tmp_path).trained_on == expected


def test_a_checkpoint_without_one(tmp_path: Path) -> None:
    assert Checkpoint(tmp_path).trained_on is None


def test_a_suite_reads_what_it_does_not_declare(tmp_path: Path, t5: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(t5, tmp_path / "t5")
    (tmp_path / "t5/training.json").write_text(json.dumps({"version": 1, "tasks": TASKS}))
    suite = write_project(tmp_path, tmp_path / "t5", rows=8)
    suite.write_text(suite.read_text().replace(", trained_on: [mood, headline]", ""))
    assert load_suite(suite).suite.models["multi"].trained_on is None
    monkeypatch.chdir(tmp_path)
    assert run_command(["run", "suite.yaml", "--progress", "none"]) == 0
    folder = find_run(Path("results/small"))
    told = {model.name: model.trained_on for model in folder.read_results().models}
    assert told == {"multi": {"mood": 0.75, "headline": 0.25}, "single-mood": {"mood": 1.0}, "elsewhere": None}
    kept = folder.suite_path
    kept.write_text(kept.read_text().replace("  multi:\n", "  multi:\n    trained_on: [headline]\n"))
    assert score(folder).models[0].trained_on == {"headline": 1.0}
