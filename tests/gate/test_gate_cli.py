"""`mtlbench gate` as CI runs it: every exit code, what is written, and what a baseline is stored from."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.gate.project import answer, gated, run, store, verdict, write_suite
from tests.projects import command, mtlbench


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of one model that got no worse, worse, and too little worse to tell; a stored baseline of the first."""
    folder = tmp_path_factory.mktemp("gated")
    write_suite(folder)
    for name, wrong in {
        "before": {"mood": 20, "topic": 20},
        "worse": {"mood": 60, "topic": 20},
        "unclear": {"mood": 23, "topic": 22},
    }.items():
        shutil.move(run(folder, wrong, f"results-{name}"), folder / name)
    store(folder, folder / "before")
    return folder


@pytest.mark.parametrize(
    ("name", "more", "code", "outcome"),
    [
        ("before", [], 0, "pass"),
        ("worse", [], 1, "fail"),
        ("unclear", [], 0, "inconclusive"),
        ("unclear", ["--on-inconclusive", "fail"], 5, "inconclusive"),
        ("worse", ["--baseline", "nowhere"], 4, None),
        ("worse", ["--baseline", "nowhere", "--allow-missing-baseline"], 0, None),
        ("worse", ["--anchor", "nowhere"], 4, None),
        ("worse", ["--reason", "none"], 2, None),
        ("worse", ["--on-inconclusive", "panic"], 2, None),
    ],
)
def test_exit_codes(project: Path, tmp_path: Path, name: str, more: list[str], code: int, outcome: str | None) -> None:
    path = tmp_path / "verdict.json"
    done = mtlbench("gate", name, *more, "--output", path, cwd=project)
    assert done.returncode == code, done.stdout + done.stderr
    if code != 2:
        assert json.loads(path.read_text())["outcome"] == outcome


def test_a_failure_says_where_and_by_how_much(project: Path) -> None:
    gated(project, "worse")
    found = verdict(project / "worse")
    worst, *others = found["checks"]
    assert (worst["task"], worst["outcome"], worst["delta"]) == ("overall", "fail", -5.0)
    mood = next(check for check in others if check["task"] == "mood")
    assert (mood["value"], mood["baseline_value"], mood["delta"], mood["gates"]) == (85.0, 95.0, -10.0, False)
    assert mood["p_adjusted"] == pytest.approx(3 * 0.5**40)  # McNemar's, of 40 answers that all went wrong
    assert found["reasons"][0].startswith("overall: 5.00 worse")
    assert found["baselines"][0]["reason"] == "release"


def test_the_same_again_is_the_same_verdict(project: Path) -> None:
    written = []
    for _ in range(2):
        gated(project, "unclear")
        written.append((project / "unclear/verdict.json").read_bytes())
    assert written[0] == written[1]


def test_without_a_baseline_the_exact_command_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gated(project, "before", "--baseline", "first time") == 4
    line = next(line for line in capsys.readouterr().err.splitlines() if line.startswith("store one:"))
    program, gate, *arguments = shlex.split(line.removeprefix("store one:"))
    assert (program, gate) == ("mtlbench", "gate")
    assert gated(project, *arguments) == 0
    assert gated(project, "before", "--baseline", "first time") == 0


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        (lambda about: about["tasks"]["mood"].update(fingerprint="0" * 64), 4, "mood: other data"),
        (lambda about: about["tasks"]["mood"].update(signature="accuracy|version:0"), 4, "mood: another metric"),
        (lambda about: about["tasks"]["mood"].update(recipe="[]"), 4, "mood: accuracy with other options"),
        (lambda about: about["tasks"]["mood"]["reading"].update(match="normalized"), 4, "mood: another match"),
        (lambda about: about["tasks"]["mood"].update(weight=0.9), 4, "mood: another weight"),
        (lambda about: about.update(normalize="floor_ceiling"), 4, "normalized"),
        (lambda about: about["tasks"].pop("mood"), 4, "mood is not in the baseline"),
        (lambda about: about["tasks"].update(more=about["tasks"]["mood"]), 3, "the run lacks more"),
        (lambda about: about.update(schema_version=9), 4, "no baseline that this version reads"),
        (lambda about: about["tasks"]["mood"].update(n=7), 4, "damaged"),
    ],
)
def test_what_cannot_be_compared(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Any, code: int, told: str
) -> None:
    folder = tmp_path / "baseline"
    shutil.copytree(project / "gate-baseline", folder)
    shutil.copy(folder / "mood.parquet", folder / "more.parquet")
    about = json.loads((folder / "baseline.json").read_text())
    change(about)
    (folder / "baseline.json").write_text(json.dumps(about))
    assert gated(project, "worse", "--baseline", folder) == code
    assert told in capsys.readouterr().err
    assert verdict(project / "worse")["outcome"] is None


@pytest.mark.parametrize("broken", ["status", "results", "predictions"])
def test_a_run_that_is_not_whole_gives_no_verdict(project: Path, tmp_path: Path, broken: str) -> None:
    copy = tmp_path / "run"
    shutil.copytree(project / "before", copy)
    if broken == "status":
        text = (copy / "manifest.json").read_text()
        (copy / "manifest.json").write_text(text.replace('"status": "complete"', '"status": "interrupted"'))
    if broken == "results":
        (copy / "results.json").unlink()
    if broken == "predictions":
        (copy / "predictions/candidate/mood.parquet").write_bytes(b"PAR1")
    (copy / "verdict.json").write_text("a former verdict")
    assert gated(project, copy) == 3
    assert verdict(copy)["outcome"] is None
    assert gated(project, copy, "--update-baseline", "--reason", "no", "--force") == 3


def test_an_unforeseen_error_is_no_regression(project: Path) -> None:
    assert gated(project, "worse", "--output", "/dev/null/verdict.json") == 3


def test_a_reader_who_leaves_changes_nothing(project: Path) -> None:
    with subprocess.Popen(command("gate", "worse"), cwd=project, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
    assert process.returncode == 1


def test_interrupted(project: Path) -> None:
    """A signal before anything is done leaves no former verdict."""
    code = (
        "import os, sys, mtlbench.cli.app as app, mtlbench.gate.gate as room\n"
        f"room.gate = lambda *_: os.kill(os.getpid(), {int(signal.SIGTERM)})\n"
        "sys.exit(app.run_command(['gate', 'worse']))"
    )
    (project / "worse/verdict.json").write_text("a former verdict")
    done = subprocess.run([command()[0], "-c", code], cwd=project, capture_output=True)
    assert done.returncode == 130, done.stderr
    assert not (project / "worse/verdict.json").exists()


def test_slow_drift_is_told(project: Path, tmp_path: Path) -> None:
    """From the last release it is not worse by more than the margin; from the anchor it is."""
    store(project, project / "worse", tmp_path / "last")
    assert gated(project, "worse", "--baseline", tmp_path / "last", "--anchor", "gate-baseline") == 1
    assert any("slow drift" in reason for reason in verdict(project / "worse")["reasons"])
    about = json.loads((tmp_path / "last/baseline.json").read_text())
    about["anchor"] = os.path.relpath(project / "gate-baseline", tmp_path / "last")
    (tmp_path / "last/baseline.json").write_text(json.dumps(about))
    assert gated(project, "worse", "--baseline", tmp_path / "last") == 1


def test_the_baselines_own_rules_come_first(project: Path, tmp_path: Path) -> None:
    store(project, project / "before", tmp_path / "lax")
    path = tmp_path / "lax/baseline.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps({**about, "gate": {"margin": 12}, "margins": {"mood": 15}}))
    assert gated(project, "worse", "--baseline", path) == 0
    margins = {check["task"]: -check["bound"] for check in verdict(project / "worse")["checks"]}
    assert margins == {"overall": 12.0, "topic": 12.0, "mood": 15.0}
    store(project, project / "before", tmp_path / "lax")
    assert json.loads(path.read_text())["gate"] == {"margin": 12.0}


def test_storing_tells_what_changes(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(project, project / "before", tmp_path / "kept")
    arguments = ["--baseline", str(tmp_path / "kept"), "--update-baseline", "--reason", "worse, and meant"]
    assert gated(project, "worse", *arguments) == 0
    told = capsys.readouterr().out
    assert "mood accuracy: 95.00 → 85.00 (-10.00)" in told
    assert "overall: 95.00 → 90.00 (-5.00)" in told
    assert gated(project, "worse", *arguments[:3]) == 2  # without a reason
    assert gated(project, "worse", *arguments, ci="true") == 2
    assert gated(project, "worse", *arguments, "--force", ci="true") == 0


def test_storing_from_a_changed_checkout_is_refused(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        done = subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    (tmp_path / "code.py").write_text("one\n")
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    arguments = [str(project / "before"), "--baseline", "kept", "--update-baseline", "--reason", "release"]
    assert gated(tmp_path, *arguments) == 0
    assert json.loads((tmp_path / "kept/baseline.json").read_text())["commit"] == git("rev-parse", "HEAD")
    git("add", ".")
    git("commit", "-m", "baseline")
    assert gated(tmp_path, *arguments) == 0  # its own files may differ
    assert gated(tmp_path, *arguments[:-1], "another") == 0
    (tmp_path / "code.py").write_text("two\n")
    assert gated(tmp_path, *arguments) == 2
    assert "code.py" in capsys.readouterr().err
    assert gated(tmp_path, *arguments, "--force") == 0


LIMITS = """\
gate: {invalid_rate: 5, truncation: 1, speed: 20, memory: 20}
"""


def test_limits_and_run_with_gate(tmp_path: Path) -> None:
    write_suite(tmp_path, more=LIMITS)
    before = run(tmp_path, {"mood": 20}, "before")
    store(tmp_path, before)
    answer(tmp_path, {"mood": 20}, invalid=40)
    done = mtlbench("run", "suite.yaml", "--gate", "gate-baseline", "--progress", "none", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    (path,) = tmp_path.glob("results/gated/*/verdict.json")
    found = verdict(path.parent)
    limits = {(check["kind"], check["task"]): check for check in found["checks"] if check["kind"] != "regression"}
    assert limits["invalid_rate", "mood"]["outcome"] == "fail"
    assert limits["invalid_rate", "mood"]["value"] == 10.0
    assert limits["invalid_rate", "topic"]["outcome"] == "pass"
    assert limits["truncation", "mood"]["outcome"] == "pass"
    assert {warning["where"] for warning in found["warnings"]} == {"speed", "memory"}


MEASURED = """\
version: 1
name: gated
models:
  mine: {{checkpoint: {t5}}}
tasks:
  mood: {{kind: classification, data: {{path: mood.jsonl}}, input: "{{text}}", reference: label, labels: ["no", "yes"]}}
significance: {{resamples: 100, permutations: 99}}
gate: {{speed: 900, memory: 900}}
"""


def test_speed_and_memory_gate_where_both_are_measured(tmp_path: Path, t5: Path) -> None:
    write_suite(tmp_path, rows=8)
    (tmp_path / "suite.yaml").write_text(MEASURED.format(t5=t5))
    arguments = ["run", "suite.yaml", "--progress", "none", "--gate", "kept"]
    first = mtlbench(*arguments[:-2], cwd=tmp_path)
    (path,) = tmp_path.glob("results/gated/*/manifest.json")
    assert first.returncode == 0, first.stderr
    store(tmp_path, path.parent, "kept")
    done = mtlbench(*arguments, "--measure-baseline", "--output", "measured", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = tmp_path.glob("measured/gated/*/verdict.json")
    found = verdict(path.parent)
    assert found["model"] == "mine"
    assert {check["kind"]: check["outcome"] for check in found["checks"] if check["task"] == "overall"} == {
        "regression": "pass",
        "speed": "pass",
        "memory": "pass",
    }
    assert not found["warnings"]
    assert [path.name for path in tmp_path.glob("*.yaml")] == ["suite.yaml"]
    assert mtlbench(*arguments[:-2], "--measure-baseline", cwd=tmp_path).returncode == 2
