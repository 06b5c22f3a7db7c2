"""Bad input through the command line: one clear message, the right exit code, no traceback, nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.projects import mtlbench, the_run, write_project

Break = Callable[[Path], None]


def edit(name: str, old: str, new: str) -> Break:
    def change(project: Path) -> None:
        text = (project / name).read_text()
        assert old in text
        (project / name).write_text(text.replace(old, new, 1))

    return change


def put(name: str, content: str) -> Break:
    return lambda project: (project / name).write_text(content) and None


def truncate_weights(project: Path) -> None:
    weights = project / "model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def remove_config(project: Path) -> None:
    (project / "model" / "config.json").unlink()


BROKEN: dict[str, tuple[Break, list[str]]] = {
    "broken YAML": (edit("suite.yaml", "models:", "models: [:"), ["suite.yaml:"]),
    "wrong type": (edit("suite.yaml", "seed: 5", "seed: five"), ["seed", "suite.yaml:3"]),
    "corrupt row": (edit("mood.jsonl", '"label": ', '"label" '), ["mood.jsonl:1"]),
    "empty file": (put("mood.jsonl", ""), ["mood.jsonl", "empty"]),
    "truncated weights": (truncate_weights, ["model.safetensors"]),
    "no model": (remove_config, ["config.json"]),
    "missing prediction": (put("outputs/headline.txt", "one\n"), ["headline.txt", "40"]),
    "unknown metric": (edit("suite.yaml", "bleu]", "blue]"), ["blue", "bleu", "suite.yaml:22:23"]),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("command", ["validate", "run"])
def test_broken_input(name: str, command: str, tmp_path: Path, t5: Path) -> None:
    shutil.copytree(t5, tmp_path / "model")
    write_project(tmp_path, Path("model"))
    apply, expected = BROKEN[name]
    apply(tmp_path)
    done = mtlbench(command, "suite.yaml", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    for part in expected:
        assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.strip() == ""
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "nowhere.yaml"], "nowhere.yaml"),
        (["run", "suite.yaml", "--limit", "0"], "limit"),
        (["run", "suite.yaml", "--models", "mulit"], "multi"),
        (["run", "suite.yaml", "--tasks", "moood"], "mood"),
        (["run", "suite.yaml", "--devise", "cpu"], "--device"),
        (["run", "suite.yaml", "--device", "warp"], "warp"),
        (["rnu", "suite.yaml"], "run"),
        (["score", "."], "manifest.json"),
        (["report", "suite.yaml"], "manifest.json"),
    ],
)
def test_wrong_arguments(arguments: list[str], expected: str, tmp_path: Path, t5: Path) -> None:
    write_project(tmp_path, t5)
    done = mtlbench(*arguments, cwd=tmp_path)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert expected in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


@pytest.fixture
def ordinary_user() -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")


@pytest.mark.usefixtures("ordinary_user")
def test_read_only_results_folder(tmp_path: Path, t5: Path) -> None:
    write_project(tmp_path, t5)
    (tmp_path / "results").mkdir()
    (tmp_path / "results").chmod(0o555)
    done = mtlbench("run", "suite.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot write" in done.stderr


def test_results_folder_that_is_a_file(tmp_path: Path, t5: Path) -> None:
    write_project(tmp_path, t5)
    (tmp_path / "results").write_text("in the way")
    done = mtlbench("run", "suite.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr


def test_another_run_in_the_same_folder(tmp_path: Path, t5: Path) -> None:
    from mtlbench.results.files import locked

    write_project(tmp_path, t5)
    assert mtlbench("run", "suite.yaml", cwd=tmp_path).returncode == 0
    with locked(the_run(tmp_path)):
        done = mtlbench("run", "suite.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "another mtlbench run" in done.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 kB, where the system lets us mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no small disk can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_keeps_what_was_computed(tmp_path: Path, t5: Path, small_disk: Path) -> None:
    write_project(tmp_path, t5)
    done = mtlbench("run", "suite.yaml", "--output", small_disk, cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(small_disk.rglob("results.json"))
    assert not list(small_disk.rglob("*.part"))
    again = mtlbench("run", "suite.yaml", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    pairs = json.loads((the_run(tmp_path) / "manifest.json").read_text())["pairs"]
    assert pairs[0]["cached"] == 40, "what was computed before the disk was full is not computed again"


def test_a_cache_on_a_full_disk_is_done_without(tmp_path: Path, t5: Path, small_disk: Path) -> None:
    write_project(tmp_path, t5)
    done = mtlbench("run", "suite.yaml", cwd=tmp_path, MTLBENCH_CACHE=str(small_disk))
    if done.returncode == 2:
        assert "cannot open the cache" in done.stderr
    else:
        assert done.returncode == 0, done.stderr
        assert "going on without it" in done.stderr


def test_a_cache_that_is_no_cache(tmp_path: Path, t5: Path, own_cache: Path) -> None:
    write_project(tmp_path, t5)
    own_cache.mkdir()
    (own_cache / "outputs.sqlite").write_text("this is no database, and long enough to be told from an empty one " * 9)
    done = mtlbench("run", "suite.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "--no-cache" in done.stderr
    assert mtlbench("run", "suite.yaml", "--no-cache", cwd=tmp_path).returncode == 0
