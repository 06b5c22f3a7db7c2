"""`mtlbench plan`: what is left to compute, what it will take, and that it costs next to nothing to ask."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from mtlbench.engines import Engine
from mtlbench.engines.text2text import Text2Text
from tests.projects import mtlbench, the_run, write_project


@pytest.fixture
def project(tmp_path: Path, t5: Path) -> Path:
    return write_project(tmp_path / "project", t5).parent


def planned(project: Path, *arguments: str) -> dict[str, Any]:
    done = mtlbench("plan", "suite.yaml", "--json", *arguments, cwd=project)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def counts(found: dict[str, Any], key: str) -> dict[tuple[str, str], Any]:
    return {(each["model"], each["task"]): each[key] for each in remaining(found)}


def remaining(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [task["remaining"] for model in found["models"] for task in model["tasks"]]


def test_what_is_not_known_is_measured_once_and_kept(project: Path, own_cache: Path) -> None:
    first = mtlbench("plan", "suite.yaml", cwd=project)
    assert first.returncode == 0, first.stderr
    assert "measuring how fast multi is" in first.stderr
    assert "single-mood is" not in first.stderr  # of the same shape
    for shown in ("multi", "· headline", "elsewhere", "all", "scoring and the page not known"):
        assert shown in first.stdout
    assert json.loads((own_cache / "speeds.json").read_text())["version"] == 1
    assert not list(project.glob("results*"))
    again = mtlbench("plan", "suite.yaml", "--json", cwd=project)
    assert again.stderr == ""
    found = json.loads(again.stdout)
    assert found["seconds"] > found["importing"] > 0
    assert found["memory"] > 1e6
    assert all(each["answers"] == 40 and each["cached"] == each["duplicates"] == 0 for each in remaining(found))


def test_without_measuring_no_speed_is_known(project: Path) -> None:
    found = planned(project, "--no-measure")
    assert found["seconds"] is None
    assert {model["seconds"] for model in found["models"]} == {None}
    assert found["models"][0]["reason"] == "no speed of such a model is known on this machine"


def test_after_a_run_nothing_is_left_and_its_speeds_are_known(project: Path) -> None:
    assert mtlbench("run", "suite.yaml", "--limit", "30", cwd=project).returncode == 0
    found = planned(project, "--no-measure")
    assert set(counts(found, "cached").values()) == {30, 0}  # predictions from elsewhere are not cached
    assert counts(found, "answers")["multi", "mood"] == 10
    assert found["seconds"] == pytest.approx(
        sum(model["seconds"] for model in found["models"]) + (found["importing"] or 0.0) + found["scoring"]
    )
    assert found["scoring"] > 0
    limited = planned(project, "--no-measure", "--limit", "30", "--models", "multi")
    assert limited["models"][0]["load"] == 0
    assert limited["memory"] is None
    whole = planned(project, "--no-measure", "--no-cache")
    assert counts(whole, "answers")["multi", "mood"] == 40
    assert whole["seconds"] is None


def test_duplicates_are_computed_once(project: Path) -> None:
    rows = (project / "mood.jsonl").read_text().splitlines()
    (project / "mood.jsonl").write_text("\n".join([*rows[:30], *rows[:10]]) + "\n")
    found = planned(project, "--no-measure", "--models", "multi", "--tasks", "mood")
    assert [(each["rows"], each["answers"], each["duplicates"]) for each in remaining(found)] == [(40, 30, 10)]


@pytest.mark.skipif(Text2Text.count.__func__ is Engine.count.__func__, reason="the engine does not count")  # type: ignore[attr-defined]
def test_tokens_are_those_of_the_run(project: Path) -> None:
    found = planned(project, "--no-measure", "--models", "multi")
    assert mtlbench("run", "suite.yaml", "--models", "multi", cwd=project).returncode == 0
    for (model, task), tokens in counts(found, "input_tokens").items():
        table = pq.read_table(the_run(project) / "predictions" / model / f"{task}.parquet")
        assert tokens == sum(table["input_tokens"].to_pylist())
    written = counts(found, "output_tokens")
    assert 40 * 2 <= written["multi", "mood"] <= 40 * 3  # a word and the end, of at most three tokens
    again = planned(project, "--no-measure", "--no-cache", "--models", "multi")
    assert counts(again, "input_tokens") == counts(found, "input_tokens")


def test_a_model_that_fails_is_told_and_the_others_planned(project: Path, t5: Path, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    shutil.copytree(t5, folder)
    config = json.loads((folder / "config.json").read_text())
    config["num_layers"] = 3  # asks for weights that are not there: found only when they are loaded
    (folder / "config.json").write_text(json.dumps(config))
    suite = project / "suite.yaml"
    suite.write_text(suite.read_text().replace("  elsewhere:", f"  odd: {{checkpoint: {folder}}}\n  elsewhere:"))
    done = mtlbench("plan", "suite.yaml", "--models", "odd,elsewhere", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "lacks weights that its config.json calls for" in " ".join(done.stdout.split())
    assert "Traceback" not in done.stderr


def test_a_wrong_suite_is_told(project: Path) -> None:
    suite = project / "suite.yaml"
    suite.write_text(suite.read_text().replace("weight: 2", "wieght: 2"))
    done = mtlbench("plan", "suite.yaml", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean `weight`?" in done.stderr
