"""What README says is so: its suite passes the loader, its commands exist, its Python runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.projects import mtlbench, write_rows

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


@pytest.fixture
def folder(tmp_path: Path, t5: Path) -> Path:
    """All that README's suite names."""
    for name in ("joint", "sentiment"):
        (tmp_path / "checkpoints").mkdir(exist_ok=True)
        (tmp_path / "checkpoints" / name).symlink_to(t5)
    (tmp_path / "data").mkdir()
    write_rows(tmp_path / "data/sentiment.jsonl", [{"sentence": f"a room {n}", "label": n % 2} for n in range(6)])
    rows = "".join(f"an article {n},a summary,another\n" for n in range(6))
    (tmp_path / "data/summaries.csv").write_text("article,summary_a,summary_b\n" + rows)
    outputs = tmp_path / "outputs" / "another-system"
    outputs.mkdir(parents=True)
    write_rows(outputs / "sentiment.jsonl", [{"id": str(n), "prediction": "positive"} for n in range(6)])
    (outputs / "summary.txt").write_text("a summary\n" * 6)
    (tmp_path / "mine.yaml").write_text(blocks("yaml")[0])
    return tmp_path


def test_the_suite_and_the_python_run(folder: Path) -> None:
    (code,) = blocks("python")
    (folder / "run.py").write_text(code + "print(results.status, results.overall[0].model)\n")
    import os
    import subprocess
    import sys

    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "run.py"], cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("complete")
    (results,) = folder.glob("results/mine/*/results.json")
    assert json.loads(results.read_text())["status"] == "complete"


def test_the_faults_shown_are_those_told(folder: Path) -> None:
    suite = (folder / "mine.yaml").read_text()
    for right, wrong in (("{sentence}", "{sentense}"), ("accuracy, f1_macro", "acuracy"), ("weight: 2", "wieght: 2")):
        suite = suite.replace(right, wrong, 1)
    (folder / "mine.yaml").write_text(suite)
    told = mtlbench("validate", "mine.yaml", cwd=folder)
    assert told.returncode == 2
    shown = next(block for block in blocks("text") if block.startswith("error:"))
    assert told.stderr.strip() == shown.strip()


@pytest.mark.parametrize("command", re.findall(r"^\| `mtlbench (\w+)", README, re.M))
def test_the_commands_exist(command: str, tmp_path: Path) -> None:
    done = mtlbench(command, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert command in done.stdout
