"""`mtlbench init`: a suite to start from, with rows to try, its schema and a CI workflow."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from mtlbench.suite.faults import Fault, InputError
from mtlbench.suite.starting import CI

if TYPE_CHECKING:
    from mtlbench.suite.starting import Answers


def init(
    folder: Path = Path("."),
    /,
    *,
    name: str | None = None,
    checkpoint: str | None = None,
    ci: CI | None = None,
    yes: Annotated[bool, Parameter(alias="-y", negative="")] = False,
) -> int:
    """Write a suite to start from, rows to try, the schema for editors and a CI workflow. No file is ever overwritten.

    Parameters
    ----------
    folder
        Where to; it is made if need be.
    name
        The suite's name; default the folder's.
    checkpoint
        A checkpoint to evaluate beside the outputs to try: a folder as seen from FOLDER, or a Hub id.
    ci
        Where the workflow is for.
    yes
        Ask nothing: what is not given is as by default. Nothing is asked without a terminal either.
    """
    from mtlbench.results.files import write_text
    from mtlbench.suite.starting import Answers, starting_files, usable_name, with_ignored

    default = usable_name(folder.resolve().name)
    if yes or not sys.stdin.isatty():
        answers = Answers(name or default, checkpoint, ci or "github")
    else:
        try:
            answers = _asked(name, checkpoint, ci, default)
        except EOFError:
            raise KeyboardInterrupt from None
    if answers.name != usable_name(answers.name):
        raise InputError(f"a suite cannot be called “{answers.name}”", f"`{usable_name(answers.name)}` would do")
    files = starting_files(folder, answers)
    if existing := [path for path in files if path.exists()]:
        hint = "choose another folder, or move it away; `--ci none` writes no workflow"
        raise InputError(
            [Fault(f"{path} is there already, and nothing is overwritten", hint=hint) for path in existing]
        )
    gitignore = folder / ".gitignore"
    files[gitignore] = with_ignored(gitignore.read_text(encoding="utf-8") if gitignore.exists() else "")
    for path, text in files.items():
        write_text(path, text)
        print(f"wrote  {path}")
    print(f"\nnext  mtlbench run {folder / 'suite.yaml'}")
    return 0


def _asked(name: str | None, checkpoint: str | None, ci: CI | None, default: str) -> Answers:
    """Ask for what is not given; an empty answer is the default."""
    from mtlbench.suite.starting import Answers, usable_name

    if name is None:
        name = usable_name(input(f"Name of the suite [{default}]: ") or default)
    if checkpoint is None:
        checkpoint = input("Checkpoint to evaluate, a folder or a Hub id [none yet]: ") or None
    while ci is None:
        given = input("CI workflow for github, gitlab or none [github]: ") or "github"
        ci = next((each for each in ("github", "gitlab", "none") if each == given.strip().lower()), None)
    return Answers(name, checkpoint, ci)
