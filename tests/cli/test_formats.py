"""`mtlbench report --format`: where each format goes, and what is said where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gate.project import run, store, write_suite
from tests.projects import mtlbench


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a verdict on it, and another without."""
    folder = tmp_path_factory.mktemp("formats")
    write_suite(folder)
    made = run(folder, {"mood": 4})
    store(folder, made)
    assert mtlbench("gate", made, cwd=folder).returncode == 0
    run(folder, {"mood": 9}, output="ungated")
    return folder


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("markdown", "# gated\n"),
        ("latex", "% \\usepackage{booktabs}"),
        ("comment", "## ✓ PASS"),
        ("junit", "<?xml"),
        ("github", "\n"),
    ],
)
def test_text_is_printed(name: str, start: str, folder: Path) -> None:
    done = mtlbench("report", "results", "--format", name, cwd=folder, GITHUB_STEP_SUMMARY="", GITHUB_OUTPUT="")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(start)


def test_text_goes_to_a_file(folder: Path) -> None:
    done = mtlbench("report", "results", "--format", "latex", "-o", "out/table.tex", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "")
    assert "\\toprule" in (folder / "out/table.tex").read_text()


@pytest.mark.parametrize(
    ("name", "file"), [("csv", "scores.csv"), ("parquet", "scores.parquet"), ("hf", "candidate/model-index.yaml")]
)
def test_tables_go_to_a_folder(name: str, file: str, folder: Path) -> None:
    done = mtlbench("report", "results", "--format", name, "--output", name, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert f"{name}/{file}" in done.stdout.splitlines()
    assert (folder / name / file).is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["results", "--format", "csv"], "name a folder for them: --output FOLDER"),
        (["results", "--output", "x"], "--output and --suite go with another --format than page"),
        (["results", "--format", "junit", "--suite", "suite.yaml"], "--suite goes with --format github"),
        (["ungated", "--format", "junit"], "the gate has said nothing of ungated/gated/"),
        (["results", "--format", "word"], "word"),
    ],
)
def test_what_cannot_be_written_is_told(arguments: list[str], said: str, folder: Path) -> None:
    done = mtlbench("report", *arguments, cwd=folder)
    assert done.returncode == 2
    assert said in done.stderr + done.stdout
