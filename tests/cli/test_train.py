"""`mtlbench train` end to end: a family from an empty folder, and the suite that evaluates it."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from mtlbench.cli.app import run_command
from mtlbench.suite.draft import read_suite
from mtlbench.training.evaluation import write_suite
from mtlbench.training.loading import load_recipe
from tests.projects import command, mtlbench, the_run
from tests.training.projects import write_training_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_training_project(tmp_path / "project")
    return tmp_path / "project"


def written(project: Path, name: str, **others: object) -> None:
    """A checkpoint as far as a suite can see it."""
    folder = project / "out" / name
    folder.mkdir(parents=True)
    told = {"version": 1, "recipe": "family", "tasks": {"mood": {"weight": 1.0}}, **others}
    (folder / "training.json").write_text(json.dumps(told))
    (folder / "config.json").write_text("{}")


def test_from_an_empty_folder_to_a_leaderboard(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = mtlbench("train", "recipe.yaml", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "3 models to train, 0 there already" in done.stderr
    assert "single-mood: 4/4, loss mood " in done.stderr
    assert "joint: trained (" in done.stderr
    assert done.stdout.splitlines()[-1].endswith("out/suite.yaml")
    told = json.loads((project / "out/joint/training.json").read_text())
    assert sum(task["weight"] for task in told["tasks"].values()) == pytest.approx(1, abs=1e-5)
    monkeypatch.chdir(project)
    assert run_command(["run", "out/suite.yaml"]) == 0
    results = json.loads((the_run(project) / "results.json").read_text())
    trained_on = {model["name"]: model["trained_on"] for model in results["models"]}
    assert trained_on["single-mood"] == {"mood": 1.0}
    assert trained_on["joint"] == {task: entry["weight"] for task, entry in told["tasks"].items()}
    assert {(row["model"], row["task"]) for row in results["scores"]} == {
        ("single-mood", "mood"), ("single-stars", "stars"), ("joint", "mood"), ("joint", "stars"), ("joint", "headline"),
    }  # fmt: skip
    assert {row["target"] for row in results["transfer"]} == {"mood", "stars"}

    before = {file: file.stat().st_mtime_ns for file in (project / "out").glob("*/model.safetensors")}
    assert run_command(["train", "recipe.yaml"]) == 0
    assert "0 models to train, 3 there already" in capsys.readouterr().err
    assert {file: file.stat().st_mtime_ns for file in before} == before

    recipe = project / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("examples: 32", "examples: 40"))
    assert run_command(["train", "recipe.yaml"]) == 2
    assert "trained otherwise" in capsys.readouterr().err
    assert {file: file.stat().st_mtime_ns for file in before} == before


def test_interrupted_and_started_again(project: Path) -> None:
    recipe = project / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("examples: 32", "examples: 1600, save_every: 5"))
    process = subprocess.Popen(
        command("train", "recipe.yaml", "--models", "single-mood"),
        cwd=project, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    saved: set[str] = set()
    deadline = time.monotonic() + 60
    while len(saved) < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
        saved.update(path.name for path in (project / "out").glob("**/checkpoint-*"))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted" in err
    assert "Traceback" not in err + out
    assert not (project / "out/single-mood").exists()
    again = mtlbench("train", "recipe.yaml", "--models", "single-mood", cwd=project)
    assert again.returncode == 0, again.stderr
    assert "of them done before" in again.stderr


def test_the_list_trains_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(project, "single-mood")
    assert run_command(["train", str(project / "recipe.yaml"), "--list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "single-mood   trained  mood",
        "single-stars  missing  stars",
        "joint         missing  mood + stars + headline",
    ]
    assert run_command(["train", str(project / "recipe.yaml"), "--list", "--models", "single"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "examples: 32",
            "sampling: {strategy: temperature, temperature: 0}",
            "`temperature` must be more than 0, not 0",
        ),
        ("joint: {}", "joint: {tasks: [mod]}", "did you mean `mood`?"),
    ],
)
def test_bad_input(project: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str) -> None:
    recipe = project / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace(old, new))
    assert run_command(["train", str(recipe)]) == 2
    shown = capsys.readouterr().err
    assert message in shown
    assert "^" in shown
    assert not (project / "out").exists()


def test_the_suite_has_what_is_trained_and_runs_from_its_own_folder(project: Path) -> None:
    recipe = project / "recipe.yaml"
    text = recipe.read_text().replace("output: out", "output: out\nevaluation: suites/all.yaml")
    models = "  one: {tasks: [mood], seeds: [0, 1, 2]}\n  next: {tasks: [stars], starts_from: one-seed0}\n"
    recipe.write_text(text[: text.index("  single:")] + models)
    loaded = load_recipe(recipe)
    assert write_suite(loaded) is None
    for name in ("one-seed0", "one-seed2", "next"):
        written(project, name)
    assert write_suite(loaded) == project / "suites/all.yaml"
    draft = read_suite(project / "suites/all.yaml")
    assert draft.faults == []
    assert draft.suite is not None
    assert draft.suite.name == "family"
    assert draft.suite.tasks["mood"].data.path == "../data/mood"
    assert {name: (model.checkpoint, model.tasks, model.seed_of) for name, model in draft.suite.models.items()} == {
        "one-seed0": ("../out/one-seed0", ["mood"], None),
        "one-seed2": ("../out/one-seed2", ["mood"], "one-seed0"),
        "next": ("../out/next", ["mood", "stars"], None),
    }
    assert load_recipe(recipe).evaluation == project / "suites/all.yaml"


def test_the_suite_tells_what_the_models_are_to_each_other(project: Path) -> None:
    recipe = project / "recipe.yaml"
    text = recipe.read_text()
    models = """
  part: {tasks: [mood], fractions: [0.25, 0.5]}
  one: {tasks: [mood]}
  course: {stages: [{tasks: [mood]}, {tasks: [stars]}]}
  cut: {stages: [{tasks: [mood]}, {tasks: [stars]}], ewc: {strength: 1}}
  bert: {tasks: [mood], backbone: &bert {config: {model_type: bert}, tokenizer: 100}}
  alone: {matrix: single, backbone: *bert, tasks: [mood, stars], heads: {mood: &max {pooling: max}, stars: *max}}
  fewer: {backbone: *bert, tasks: [mood], heads: {mood: *max}, fractions: [0.5]}
"""
    recipe.write_text(text[: text.index("  single:")].rstrip() + models)
    loaded = load_recipe(recipe)
    for name in ("part-25", "part-50", "one", "course-1", "course", "cut", "bert", "alone-mood", "fewer-50"):
        written(project, name)
    write_suite(loaded)
    suite = read_suite(project / "out/suite.yaml").suite
    assert suite is not None
    assert {name: model.fraction_of for name, model in suite.models.items() if model.fraction_of} == {
        "part-25": "one",
        "part-50": "one",
        "fewer-50": "alone-mood",
    }
    encoders = {"bert", "alone-mood", "fewer-50"}
    assert {name for name, model in suite.models.items() if model.family == "bert"} == encoders
    assert {model.family for name, model in suite.models.items() if name not in encoders} == {"t5"}
    assert suite.models["course-1"].tasks == ["mood", "stars"]
    stages = {name: [(stage.model, stage.tasks) for stage in each.stages] for name, each in suite.sequences.items()}
    assert stages == {"course": [("course-1", ["mood"]), ("course", ["stars"])]}, "a stage of `cut` is not there"


def test_an_adapter_is_evaluated_on_its_base(project: Path, t5: Path) -> None:
    recipe = project / "recipe.yaml"
    text = recipe.read_text()
    backbone, models = text.index("backbone:"), text.index("training:")
    recipe.write_text(
        f"{text[:backbone]}backbone: {{checkpoint: {t5}}}\n{text[models:]}".replace(
            "joint: {}", "joint: {adapter: {type: lora}}"
        )
    )
    written(project, "joint")
    (project / "out/joint/config.json").rename(project / "out/joint/adapter_config.json")
    loaded = load_recipe(recipe)
    assert write_suite(loaded) is not None
    suite = read_suite(project / "out/suite.yaml").suite
    assert suite is not None
    model = suite.models["joint"]
    assert model.adapter == "joint"
    assert ((project / "out") / (model.checkpoint or "")).resolve() == t5.resolve()
