"""The shipped suite runs as shipped, and a sample of its rows already shows the largest of what was planted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.projects import mtlbench, the_run

SUITE = Path(__file__).parents[2] / "suites" / "quickstart.yaml"


def test_a_sample_of_the_quickstart(tmp_path: Path) -> None:
    done = mtlbench("run", SUITE, "--limit", "40", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    results = json.loads((the_run(tmp_path) / "results.json").read_text())
    assert results["status"] == "complete"
    ranked = [row["model"] for row in results["overall"] if row["rank"] is not None]
    assert set(ranked[:2]) == {"multitask", "multitask-int8"}
    assert ranked[-1] == "undertrained"
    transfer = {row["target"]: row for row in results["transfer"] if row["source"] == "multitask"}
    assert len(transfer) == 8
    assert transfer["expectation"]["delta"] < 0
    assert transfer["expectation"]["significant"]
    assert transfer["rating"]["delta"] > 0
    costs = {(row["model"], row["task"]): row["delta"] for row in results["variants"]}
    assert abs(costs["multitask-int8", "sentiment"]) <= 5  # two of 40 rows
    assert costs["multitask-lora", "expectation"] > 0
    tagging = {row["model"]: row["value"] for row in results["scores"] if row["task"] == "aspects"}
    assert tagging["encoder"] > 80
    with_interval = [row for row in results["scores"] if row["ci_low"] is not None]
    assert all(row["ci_low"] <= row["value"] <= row["ci_high"] for row in with_interval)
    assert all(row["reason"] for row in results["scores"] if row["ci_low"] is None)


@pytest.mark.slow
def test_the_planted_bias_is_found_and_no_other(tmp_path: Path) -> None:
    done = mtlbench("run", SUITE, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    results = json.loads((the_run(tmp_path) / "results.json").read_text())
    gaps = [row for row in results["fairness"] if row["disparity"] == "difference" and row["verdict"] == "disparity"]
    assert [(row["model"], row["task"], row["attribute"], row["group"]) for row in gaps] == [
        ("biased", "sentiment", "gender", "female")
    ]
    spread = [row for row in results["bias_transfer"] if row["verdict"] not in ("no evidence", "not compared", None)]
    assert [(row["model"], row["task"], row["attribute"], row["verdict"]) for row in spread] == [
        ("biased", "sentiment", "gender", "widened")
    ]
