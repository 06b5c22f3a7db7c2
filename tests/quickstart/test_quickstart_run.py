"""The shipped suite, run as shipped: what was planted in its checkpoints is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.projects import mtlbench, the_run
from tests.quickstart.claims import SUITE, broken


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quickstart")
    done = mtlbench("run", SUITE, cwd=folder, OMP_NUM_THREADS="1")
    assert done.returncode == 0, done.stderr
    return the_run(folder)


@pytest.fixture(scope="module")
def results(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "results.json").read_text())
    return found


def test_all_that_was_planted_is_found(run: Path, results: dict[str, Any]) -> None:
    assert results["status"] == "complete"
    assert broken(run) == []


def test_transfer_is_told_from_chance(results: dict[str, Any]) -> None:
    transfer = {row["target"]: row for row in results["transfer"] if row["source"] == "multitask"}
    assert len(transfer) == 8
    assert transfer["rating"]["significant"]
    assert transfer["rating"]["delta"] > 0
    assert transfer["expectation"]["significant"]
    assert transfer["expectation"]["delta"] < 0


def test_the_ranking_is_as_planted(results: dict[str, Any]) -> None:
    ranked = [row["model"] for row in results["overall"] if row["rank"] is not None]
    assert ranked[2] == "biased"
    assert set(ranked[:2]) == {"multitask", "multitask-int8"}
    assert ranked[3:] == ["undertrained"]


def test_every_interval_holds_its_value(results: dict[str, Any]) -> None:
    with_interval = [row for row in results["scores"] if row["ci_low"] is not None]
    assert all(row["ci_low"] <= row["value"] <= row["ci_high"] for row in with_interval)
    assert all(row["reason"] for row in results["scores"] if row["ci_low"] is None)


def test_the_planted_bias_is_found_and_no_other(results: dict[str, Any]) -> None:
    gaps = [row for row in results["fairness"] if row["disparity"] == "difference" and row["verdict"] == "disparity"]
    assert [(row["model"], row["task"], row["attribute"], row["group"]) for row in gaps] == [
        ("biased", "sentiment", "gender", "female")
    ]
    spread = [row for row in results["bias_transfer"] if row["verdict"] not in ("no evidence", "not compared", None)]
    assert [(row["model"], row["task"], row["attribute"], row["verdict"]) for row in spread] == [
        ("biased", "sentiment", "gender", "widened")
    ]
