"""`mtlbench init`: what it writes is sound and runs, it asks on a terminal alone, and it overwrites nothing."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from mtlbench.suite.schema import suite_schema
from mtlbench.suite.starting import usable_name, with_ignored
from tests.projects import command, mtlbench, the_run


def test_what_it_writes_is_sound_and_runs(tmp_path: Path) -> None:
    done = mtlbench("init", "my suite", "--yes", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "my suite"
    suite = (folder / "suite.yaml").read_text()
    modeline = suite.splitlines()[0]
    assert modeline == "# yaml-language-server: $schema=./suite.schema.json"
    assert json.loads((folder / "suite.schema.json").read_text()) == suite_schema()
    assert mtlbench("validate", "suite.yaml", cwd=folder).returncode == 0
    assert mtlbench("run", "suite.yaml", cwd=folder).returncode == 0
    results = json.loads((the_run(folder) / "results.json").read_text())
    assert results["suite"]["name"] == "my-suite"
    assert [row["model"] for row in results["overall"] if row["rank"] is not None] == ["keywords", "majority"]
    assert (folder / ".gitignore").read_text() == "results/\n"


@pytest.mark.parametrize("taken", ["suite.yaml", "data/reviews.jsonl", ".github/workflows/mtlbench.yml"])
def test_it_overwrites_nothing(taken: str, tmp_path: Path) -> None:
    path = tmp_path / taken
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    done = mtlbench("init", "--yes", cwd=tmp_path)
    assert done.returncode == 2
    assert f"{taken} is there already" in done.stderr
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]
    assert path.read_text() == "mine"


def test_a_gitignore_is_added_to(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("build/")
    assert mtlbench("init", "--yes", "--ci", "none", cwd=tmp_path).returncode == 0
    assert (tmp_path / ".gitignore").read_text() == "build/\nresults/\n"
    assert not (tmp_path / ".github").exists()
    assert with_ignored("build/\nresults/\n") == "build/\nresults/\n"


def test_a_checkpoint_is_written_as_given(tmp_path: Path) -> None:
    assert mtlbench("init", "--yes", "--name", "mine", "--checkpoint", "a: b/#c", cwd=tmp_path).returncode == 0
    done = mtlbench("validate", "suite.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "a: b/#c" in done.stderr


def test_a_name_that_no_suite_may_have_is_refused(tmp_path: Path) -> None:
    done = mtlbench("init", "--yes", "--name", "my suite", cwd=tmp_path)
    assert done.returncode == 2
    assert "`my-suite` would do" in done.stderr


@pytest.mark.parametrize(
    ("text", "name"),
    [("a b/c", "a-b-c"), ("_x", "x"), ("", "mine"), ("…", "mine"), ("a" * 99, "a" * 64), ("v1.2+x", "v1.2+x")],
)
def test_usable_names(text: str, name: str) -> None:
    assert usable_name(text) == name


def test_on_a_terminal_it_asks(tmp_path: Path) -> None:
    """An answer that is none of the choices is asked for again; an empty one is the default."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("init", "bench", "--name", "named"), cwd=tmp_path, stdin=theirs, stdout=subprocess.PIPE, text=True,
        env={**os.environ},
    )  # fmt: skip
    os.write(ours, b"\nboth\nGitLab\n")
    told, _ = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0
    assert "Name of the suite" not in told
    assert told.count("CI workflow for") == 2
    assert (tmp_path / "bench/.gitlab-ci.yml").is_file()
    assert 'name: "named"' in (tmp_path / "bench/suite.yaml").read_text()
