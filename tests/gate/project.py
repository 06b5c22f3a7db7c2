"""A suite of two label tasks whose model is a folder of predictions, so that a run takes no checkpoint and a second."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any
from unittest import mock

from mtlbench.cli.app import run_command
from tests.projects import mtlbench, write_rows

ROWS = 400
LABELS = ("no", "yes")

SUITE = """\
version: 1
name: gated
seed: 3
models:
  candidate: {predictions: outputs}
tasks:
  mood: {kind: classification, data: {path: mood.jsonl}, input: "{text}", reference: label, labels: ["no", "yes"]}
  topic: {kind: classification, data: {path: topic.jsonl}, input: "{text}", reference: label, labels: ["no", "yes"]}
significance: {resamples: 400, permutations: 999}
"""


def write_suite(folder: Path, rows: int = ROWS, more: str = "") -> Path:
    """The suite and its data; `more` is laid at its end."""
    for task in ("mood", "topic"):
        write_rows(folder / f"{task}.jsonl", [{"text": f"text {n}", "label": LABELS[n % 2]} for n in range(rows)])
    suite = folder / "suite.yaml"
    suite.write_text(SUITE + more)
    return suite


def answer(folder: Path, wrong: dict[str, int], rows: int = ROWS, invalid: int = 0) -> None:
    """Predictions of which the first so many of each task are wrong, and the last so many of mood are no label."""
    outputs = folder / "outputs"
    outputs.mkdir(exist_ok=True)
    for task in ("mood", "topic"):
        said = [LABELS[(n + (n < wrong.get(task, 0))) % 2] for n in range(rows)]
        if task == "mood" and invalid:
            said[-invalid:] = ["perhaps"] * invalid
        write_rows(outputs / f"{task}.jsonl", [{"id": str(n), "prediction": word} for n, word in enumerate(said)])


def run(folder: Path, wrong: dict[str, int], output: str = "results", **more: Any) -> Path:
    """Answer, run and score; the run's folder."""
    answer(folder, wrong, **more)
    done = mtlbench("run", "suite.yaml", "--output", output, "--progress", "none", cwd=folder)
    assert done.returncode == 0, done.stderr
    (found,) = (folder / output).glob("gated/*/manifest.json")
    return found.parent


def gated(folder: Path, *arguments: str | Path, ci: str = "") -> int:
    """`mtlbench gate` in this process, as if called in the folder; its exit code."""
    with contextlib.chdir(folder), mock.patch.dict(os.environ, CI=ci):
        return run_command(["gate", *map(str, arguments)])


def store(folder: Path, run: Path, baseline: str | Path = "gate-baseline") -> None:
    assert gated(folder, run, "--baseline", baseline, "--update-baseline", "--reason", "release") == 0


def verdict(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "verdict.json").read_text())
    return found
