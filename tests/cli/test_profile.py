"""`mtlbench run --profile`: where the time went, told at the end and beside the results, not in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.projects import mtlbench, the_run, without_times, write_project


@pytest.fixture
def project(tmp_path: Path, t5: Path) -> Path:
    return write_project(tmp_path / "project", t5).parent


def test_a_profile_adds_up_and_changes_no_result(project: Path) -> None:
    done = mtlbench("run", "suite.yaml", "--profile", cwd=project)
    assert done.returncode == 0, done.stderr
    run = the_run(project)
    profile = json.loads((run / "profile.json").read_text())
    models = {model["model"]: model for model in profile["models"]}
    assert models.keys() == {"multi", "single-mood", "elsewhere"}
    multi = models["multi"]
    assert {"import", "look up", "load", "tokenise", "wait", "store"} <= multi["phases"].keys()
    assert multi["seconds"] == pytest.approx(sum(multi["phases"].values()) - multi["phases"]["tokenise"])
    assert (multi["requests"], multi["answers"], multi["reason"]) == (80, 80, None)
    assert 0 < multi["peak_share"] < 1
    assert multi["tokens_per_second"] > 0
    assert models["elsewhere"]["peak_share"] is None
    assert models["elsewhere"]["reason"] == "the engine does nothing that PyTorch could count"
    assert profile["scoring"] > 0
    for shown in ("Profile", "Of peak", "profile.json", "Scoring and the page took"):
        assert shown in done.stdout
    results = without_times(run / "results.json")
    assert {row["flops_per_example"] for row in results["efficiency"]} == {None}
    plain = mtlbench("run", "suite.yaml", "--no-cache", cwd=project)
    assert "Profile" not in plain.stdout
    assert without_times(run / "results.json") == results


def test_of_cached_outputs_nothing_was_computed(project: Path) -> None:
    for _ in range(2):
        done = mtlbench("run", "suite.yaml", "--models", "multi", "--profile", cwd=project)
    assert "Nothing was computed: all outputs came from the cache." in done.stdout
    assert json.loads((the_run(project) / "profile.json").read_text())["models"] == []


def test_quantised_models_say_why_they_have_no_share(project: Path) -> None:
    suite = project / "suite.yaml"
    suite.write_text(suite.read_text().replace("trained_on: [mood, headline]}", "quantize: int8}"))
    done = mtlbench("run", "suite.yaml", "--models", "multi", "--profile", cwd=project)
    assert "products of quantised weights are not counted" in done.stdout
