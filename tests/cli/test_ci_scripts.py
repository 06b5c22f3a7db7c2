"""The action, the snippets and the workflows that `init` writes, run by bash as CI runs them; `pip` does nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ruamel.yaml import YAML

from tests.gate.project import answer, run, store, write_suite
from tests.projects import mtlbench

ROOT = Path(__file__).parents[2]
WORSE = {"mood": 120, "topic": 4}
AS_BEFORE = {"mood": 4, "topic": 4}


def read_yaml(text: str) -> Any:
    return YAML(typ="safe").load(text)


def snippet(language: str, word: str) -> str:
    """The block of docs/ci.md that holds the word."""
    blocks = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs/ci.md").read_text(encoding="utf-8"), re.S)
    (found,) = [block for block in blocks if word in block]
    return found


@dataclass(slots=True)
class Job:
    """A job's machine: where its scripts run, what variables they see, and what each of them left."""

    folder: Path
    workspace: Path
    codes: list[int] = field(default_factory=list)
    told: str = ""

    def script(self, text: str, variables: dict[str, str], within: str = ".") -> None:
        """Run by bash as GitHub does, stopping at the first failure."""
        tools = self.folder / "tools"
        tools.mkdir(exist_ok=True)
        for name, line in {"pip": "exit 0", "mtlbench": f'exec "{sys.executable}" -m mtlbench "$@"'}.items():
            (tools / name).write_text(f"#!/bin/sh\n{line}\n")
            (tools / name).chmod(0o755)
        environment = {
            **os.environ,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "CI": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "GITHUB_OUTPUT": str(self.folder / "outputs"),
            **variables,
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
            cwd=self.workspace / within, env=environment, capture_output=True, text=True, timeout=250,
        )  # fmt: skip
        self.codes.append(done.returncode)
        self.told += done.stdout

    @property
    def summary(self) -> str:
        return (self.folder / "summary.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite with a stored baseline, whose model answers as it did then."""
    folder = tmp_path_factory.mktemp("checkout")
    write_suite(folder)
    store(folder, run(folder, AS_BEFORE, output="before"))
    return folder


@pytest.fixture
def job(checkout: Path, tmp_path: Path) -> Job:
    return Job(tmp_path, shutil.copytree(checkout, tmp_path / "checkout"))


def run_action(job: Job, **inputs: str) -> None:
    action = read_yaml((ROOT / "action.yml").read_text())
    known = {name: each.get("default", "") for name, each in action["inputs"].items()} | inputs
    assert set(known) == set(action["inputs"])
    values = {f"inputs.{name}": value for name, value in known.items()} | {"github.action_path": str(ROOT)}
    for step in action["runs"]["steps"]:
        variables = {
            name: re.sub(r"\$\{\{ (\S+) \}\}", lambda found: values[found[1]], text)
            for name, text in step.get("env", {}).items()
        }
        job.script(step["run"], variables)


def test_the_action_passes_a_model_that_is_as_before(job: Job) -> None:
    run_action(job, suite="suite.yaml")
    assert job.codes == [0, 0, 0, 0]
    assert "::error" not in job.told
    assert job.summary.startswith("## ✓ PASS")
    assert (job.folder / "outputs").read_text().startswith("outcome=pass\nverdict=results/gated/")


def test_the_action_fails_a_worse_model_and_tells_where(job: Job) -> None:
    answer(job.workspace, WORSE)
    run_action(job, suite="suite.yaml", arguments="--no-cache --tasks mood,topic", model="candidate")
    assert job.codes == [0, 0, 1, 0]
    lines = (job.workspace / "suite.yaml").read_text().splitlines()
    place = next(number for number, line in enumerate(lines, start=1) if line.startswith("  mood:"))
    assert f"::error file=suite.yaml,line={place},col=3,title=fail%3A mood%2C accuracy::" in job.told
    assert job.summary.startswith("## ✗ FAIL")
    assert "outcome=fail" in (job.folder / "outputs").read_text()
    (suite,) = ElementTree.parse(job.workspace / "results/junit.xml").getroot()
    assert int(suite.get("failures", 0)) >= 1
    assert (job.workspace / "results/comment.md").read_text(encoding="utf-8") == job.summary


def test_inputs_of_the_action_are_no_scripts(job: Job) -> None:
    run_action(job, suite='"; touch "$GITHUB_WORKSPACE/owned"; "', baseline="$(touch owned)", model="`touch owned`")
    assert not (job.workspace / "owned").exists()
    assert job.codes[1] == 2
    for step in read_yaml((ROOT / "action.yml").read_text())["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_the_readers_workflow_names_inputs_of_the_action() -> None:
    (used,) = [
        step
        for step in read_yaml(snippet("yaml", "OWNER/mtlbench"))["jobs"]["benchmark"]["steps"]
        if step["uses"].startswith("OWNER")
    ]
    assert set(used["with"]) <= set(read_yaml((ROOT / "action.yml").read_text())["inputs"])


def run_gitlab(job: Job, text: str) -> dict[str, Any]:
    """Both scripts, each a shell of its own at the checkout's root; the job as written."""
    found: dict[str, Any] = read_yaml(text)["benchmark"]
    for part in ("script", "after_script"):
        job.script("\n".join(found[part]), {})
    return found


@pytest.mark.parametrize(("wrong", "code"), [(AS_BEFORE, 0), (WORSE, 1)])
def test_the_gitlab_snippet(job: Job, wrong: dict[str, int], code: int) -> None:
    answer(job.workspace, wrong)
    found = run_gitlab(job, snippet("yaml", "after_script"))
    assert job.codes == [code, 0]
    assert (job.workspace / found["artifacts"]["reports"]["junit"]).is_file()
    assert (job.workspace / "results/comment.md").is_file()


@pytest.fixture
def begun(tmp_path: Path) -> Job:
    workspace = tmp_path / "checkout"
    (workspace / ".git").mkdir(parents=True)
    return Job(tmp_path, workspace)


def begin(job: Job, ci: str) -> None:
    """Begin a suite in the checkout's folder `my bench`, and store a baseline of it."""
    done = mtlbench("init", "my bench", "--yes", "--ci", ci, cwd=job.workspace)
    assert done.returncode == 0, done.stderr
    folder = job.workspace / "my bench"
    mtlbench("run", "suite.yaml", "--output", "before", cwd=folder)
    keep = ("--update-baseline", "--force", "--reason", "first")
    assert mtlbench("gate", "before:keywords", *keep, cwd=folder).returncode == 0


def test_the_github_workflow_of_init(begun: Job) -> None:
    begin(begun, "github")
    text = (begun.workspace / ".github/workflows/mtlbench.yml").read_text()
    found = read_yaml(text)["jobs"]["benchmark"]
    within = found["defaults"]["run"]["working-directory"]
    for step in found["steps"]:
        if "run" in step:
            begun.script(step["run"], {}, within)
    assert begun.codes == [0, 0, 0, 0]
    assert begun.summary.startswith("## ✓ PASS")
    (artifact,) = [step["with"]["path"] for step in found["steps"] if "artifact" in step.get("uses", "")]
    assert (begun.workspace / artifact / "junit.xml").is_file()


def test_the_gitlab_job_of_init(begun: Job) -> None:
    begin(begun, "gitlab")
    found = run_gitlab(begun, (begun.workspace / ".gitlab-ci.yml").read_text())
    assert begun.codes == [0, 0]
    assert (begun.workspace / found["artifacts"]["reports"]["junit"]).is_file()
