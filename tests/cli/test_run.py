"""`mtlbench run` end to end: what it writes, that it repeats itself, goes on after a kill, and never lies about an end."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.projects import command, mtlbench, the_run, without_times, write_project


@pytest.fixture
def project(tmp_path: Path, t5: Path) -> Path:
    write_project(tmp_path / "project", t5)
    return tmp_path / "project"


def cached_outputs(folder: Path) -> int:
    """Outputs in a cache that another process may be writing to."""
    path = folder / "outputs.sqlite"
    if not path.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT COUNT(*) FROM outputs").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_a_run_writes_everything_and_the_terminal_shows_it(project: Path) -> None:
    done = mtlbench("run", "suite.yaml", cwd=project)
    assert done.returncode == 0, done.stderr
    run = the_run(project)
    results = json.loads((run / "results.json").read_text())
    assert results["status"] == "complete"
    assert {(row["model"], row["task"]) for row in results["scores"]} == {
        ("multi", "mood"), ("multi", "headline"), ("single-mood", "mood"), ("elsewhere", "mood"), ("elsewhere", "headline")
    }  # fmt: skip
    elsewhere = {row["metric"]: row for row in results["scores"] if row["model"] == "elsewhere"}
    assert elsewhere["rougeL"]["value"] == 100
    assert elsewhere["accuracy"]["ci_low"] < elsewhere["accuracy"]["value"] < 100
    assert elsewhere["invalid_rate"]["value"] == 0
    assert [row["rank"] for row in results["overall"]] == [1, 2, None]
    assert [row["target"] for row in results["transfer"]] == ["mood"]
    table = pq.read_table(run / "predictions" / "multi" / "mood.parquet").to_pydict()
    assert table["id"] == [str(number) for number in range(40)]
    assert table["input"][0].startswith("mood: ")
    assert (run / "index.html").read_text().startswith("<!DOCTYPE html>")
    for shown in ("elsewhere", "single-mood", "Overall", "index.html"):
        assert shown in done.stdout
    assert "\x1b[" not in done.stdout
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["models"]["multi"]["parameters"] == results["models"][0]["parameters"] > 10_000
    assert {pair["model"]: pair["generation"].get("num_beams") for pair in manifest["pairs"]}["single-mood"] == 2


def test_a_second_run_takes_all_from_the_cache_and_imports_no_torch(project: Path) -> None:
    first = mtlbench("run", "suite.yaml", cwd=project)
    results = the_run(project) / "results.json"
    before = without_times(results)
    code = (
        "import sys; from mtlbench.cli.app import run_command; code = run_command(['run', 'suite.yaml']);"
        "print(sorted({'torch', 'transformers', 'datasets', 'evaluate', 'sklearn'} & set(sys.modules))); sys.exit(code)"
    )
    again = subprocess.run([command()[0], "-c", code], cwd=project, capture_output=True, text=True)
    assert (first.returncode, again.returncode) == (0, 0), again.stderr
    assert again.stdout.strip().endswith("[]")
    assert without_times(results) == before
    forced = mtlbench("run", "suite.yaml", "--no-cache", cwd=project)
    assert forced.returncode == 0
    assert without_times(results) == before


def test_killed_and_run_again_equals_an_unbroken_run(tmp_path: Path, t5: Path) -> None:
    for name in ("broken", "whole"):
        write_project(tmp_path / name, t5, rows=150, tokens=60)
    broken = {**os.environ, "MTLBENCH_CACHE": str(tmp_path / "broken-cache")}
    process = subprocess.Popen(command("run", "suite.yaml"), cwd=tmp_path / "broken", env=broken)
    deadline = time.monotonic() + 120
    while not cached_outputs(tmp_path / "broken-cache") and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    run = the_run(tmp_path / "broken")
    assert not (run / "results.json").exists()
    assert json.loads((run / "manifest.json").read_text())["status"] == "running"
    kept = cached_outputs(tmp_path / "broken-cache")
    assert kept

    again = mtlbench("run", "suite.yaml", cwd=tmp_path / "broken", MTLBENCH_CACHE=str(tmp_path / "broken-cache"))
    whole = mtlbench("run", "suite.yaml", cwd=tmp_path / "whole")
    assert (again.returncode, whole.returncode) == (0, 0), again.stderr
    pairs = json.loads((run / "manifest.json").read_text())["pairs"]
    assert sum(pair["cached"] for pair in pairs) >= kept
    assert without_times(run / "results.json") == without_times(the_run(tmp_path / "whole") / "results.json")


def test_interrupted_keeps_what_is_done(tmp_path: Path, t5: Path, own_cache: Path) -> None:
    write_project(tmp_path, t5, rows=150, tokens=60)
    process = subprocess.Popen(
        command("run", "suite.yaml"), cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    while not cached_outputs(own_cache) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err + out
    assert json.loads((the_run(tmp_path) / "manifest.json").read_text())["status"] == "interrupted"
    assert not (the_run(tmp_path) / "results.json").exists()
    assert cached_outputs(own_cache)


def test_chosen_models_tasks_and_rows(project: Path) -> None:
    arguments = ("run", "suite.yaml", "--models", "elsewhere,single-mood", "--tasks", "mood", "--limit", "10")
    done = mtlbench(*arguments, "--output", "out", cwd=project)
    assert done.returncode == 0, done.stderr
    (path,) = (project / "out" / "small").glob("*/results.json")
    results = json.loads(path.read_text())
    assert [model["name"] for model in results["models"]] == ["single-mood", "elsewhere"]
    assert [(task["name"], task["n"], task["weight"]) for task in results["tasks"]] == [("mood", 10, 1.0)]
    assert results["run"]["limit"] == 10


def test_score_and_report_need_no_model(project: Path) -> None:
    assert mtlbench("run", "suite.yaml", "--models", "elsewhere", cwd=project).returncode == 0
    run = the_run(project)
    before = without_times(run / "results.json")
    for name in ("suite.yaml", "mood.jsonl", "headline.csv"):
        (project / name).unlink()
    (run / "results.json").unlink()
    (run / "index.html").unlink()
    scored = mtlbench("score", run, cwd=project)
    assert scored.returncode == 0, scored.stderr
    assert without_times(run / "results.json") == before
    (run / "index.html").unlink()
    assert mtlbench("report", project / "results" / "small", cwd=project).returncode == 0
    assert (run / "index.html").exists()


def test_a_new_metric_is_scored_from_the_stored_predictions(project: Path) -> None:
    assert mtlbench("run", "suite.yaml", "--models", "elsewhere", cwd=project).returncode == 0
    run = the_run(project)
    stored = run / "suite.yaml"
    stored.write_text(stored.read_text().replace("- bleu\n", "- chrf\n"))
    assert mtlbench("score", run, cwd=project).returncode == 0
    metrics = {row["metric"] for row in json.loads((run / "results.json").read_text())["scores"]}
    assert "chrf" in metrics
    assert "bleu" not in metrics


def test_one_model_that_fails_costs_the_others_nothing(project: Path, t5: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "odd"
    shutil.copytree(t5, folder)
    config = json.loads((folder / "config.json").read_text())
    config["num_layers"] = 3  # asks for weights that are not there: found only when they are loaded
    (folder / "config.json").write_text(json.dumps(config))
    suite = project / "suite.yaml"
    suite.write_text(suite.read_text().replace("  elsewhere:", f"  odd: {{checkpoint: {folder}}}\n  elsewhere:"))
    done = mtlbench("run", "suite.yaml", cwd=project)
    assert done.returncode == 3, done.stderr
    assert "lacks weights" in done.stdout + done.stderr
    results = json.loads((the_run(project) / "results.json").read_text())
    assert results["status"] == "incomplete"
    odd = [row for row in results["scores"] if row["model"] == "odd"]
    assert odd
    assert all(row["value"] is None and row["reason"] for row in odd)
    assert next(row for row in results["overall"] if row["model"] == "elsewhere")["rank"] == 1
