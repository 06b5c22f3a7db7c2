"""The files that a new suite starts from: the suite, its schema for editors, rows and outputs to try, and a CI workflow.

They lie in `start/` as they are written, but for `<words>` in angle brackets.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Literal

from mtlbench.suite.schema import suite_schema

CI = Literal["github", "gitlab", "none"]

_START = Path(__file__).parent / "start"
_CI_FILES: Mapping[CI, tuple[str, str]] = {
    "github": ("github.yml", ".github/workflows/mtlbench.yml"),
    "gitlab": ("gitlab.yml", ".gitlab-ci.yml"),
}
IGNORED = "results/"
"""What a project's .gitignore should hold: a run is made again by its command."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a new suite is of; without a checkpoint it evaluates the outputs to try alone."""

    name: str
    checkpoint: str | None = None
    ci: CI = "github"


def usable_name(text: str) -> str:
    """The nearest name that a suite may have."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("._+-")[:64] or "mine"


def repository(folder: Path) -> Path:
    """The root of the checkout that the folder is in, where CI looks for workflows; without a checkout the folder."""
    folder = folder.resolve()
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)


def starting_files(folder: Path, answers: Answers) -> dict[Path, str]:
    """Path → text of each file that a suite in `folder` starts with."""
    root = repository(folder)
    place = PurePosixPath(folder.resolve().relative_to(root))
    words = {
        "name": json.dumps(answers.name),
        "models": _start("example.yaml" if answers.checkpoint is None else "checkpoint.yaml").rstrip("\n"),
        "checkpoint": json.dumps(answers.checkpoint, ensure_ascii=False),
        "folder": json.dumps(str(place)),
        "enter": json.dumps(f"cd {shlex.quote(str(place))}"),
        "results": json.dumps(str(place / "results")),
        "junit": json.dumps(str(place / "results/junit.xml")),
        "version": version("mtlbench"),
    }
    files = {folder / "suite.yaml": _filled(_start("suite.yaml"), words)}
    files[folder / "suite.schema.json"] = json.dumps(suite_schema(), indent=2, ensure_ascii=False) + "\n"
    for path in sorted(path for part in ("data", "outputs") for path in (_START / part).rglob("*.*")):
        files[folder / path.relative_to(_START)] = path.read_text(encoding="utf-8")
    if answers.ci != "none":
        template, target = _CI_FILES[answers.ci]
        files[root / target] = _filled(_start(template), words)
    return files


def with_ignored(gitignore: str) -> str:
    """The text of a .gitignore with runs in it."""
    if IGNORED in gitignore.splitlines():
        return gitignore
    return gitignore + ("\n" if gitignore and not gitignore.endswith("\n") else "") + f"{IGNORED}\n"


def _start(name: str) -> str:
    return (_START / name).read_text(encoding="utf-8")


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(f"<{word}>", value)
    return text
