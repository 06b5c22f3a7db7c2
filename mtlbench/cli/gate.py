"""`mtlbench gate`: hold a run against a stored baseline; the exit code says what came of it."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from mtlbench.cli.app import DONE, INCOMPLETE, INCONCLUSIVE, NOT_COMPARABLE, REGRESSION
from mtlbench.suite.faults import InputError

if TYPE_CHECKING:
    from mtlbench.gate.verdict import Verdict

USUAL = Path("gate-baseline")
"""Where a baseline lies unless another place is named."""


def gate(
    run: str,
    /,
    *,
    baseline: Path = USUAL,
    anchor: Path | None = None,
    on_inconclusive: Literal["warn", "fail"] = "warn",
    allow_missing_baseline: Annotated[bool, Parameter(negative="")] = False,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    update_baseline: Annotated[bool, Parameter(negative="")] = False,
    reason: str | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Hold a run against a stored baseline: pass, fail, or inconclusive; or store the run as the baseline.

    Parameters
    ----------
    run
        A run's folder, or a folder of runs, of which the newest counts; RUN:MODEL chooses a model. By default it is the
        run's only model, or the one that is called as the baseline's.
    baseline
        Folder of the stored baseline, which belongs in git.
    anchor
        Folder of an older baseline that is tested too, against slow drift; default the one that the baseline names.
    on_inconclusive
        Whether a verdict that the rows are too few for passes with a warning, or fails with exit code 5.
    allow_missing_baseline
        Pass where there is no baseline yet.
    output
        Where the verdict is written; default verdict.json in the run's folder.
    update_baseline
        Store the run as the baseline; refused in CI and where the git checkout has changes.
    reason
        Why the baseline is stored; it stands in it.
    force
        Store it all the same.
    """
    if update_baseline:
        return _update(run, baseline, reason, force)
    if reason is not None or force:
        raise InputError("--reason and --force go with --update-baseline")
    return judge(run, baseline, anchor, on_inconclusive, allow_missing_baseline, output)


def judge(
    run: str,
    baseline: Path,
    anchor: Path | None = None,
    on_inconclusive: Literal["warn", "fail"] = "warn",
    allow_missing: bool = False,
    output: Path | None = None,
) -> int:
    """Write the verdict, whatever it is, and tell it; returns the exit code."""
    from mtlbench.gate.gate import gate as hold
    from mtlbench.gate.gate import no_verdict
    from mtlbench.gate.refusals import NoBaseline
    from mtlbench.scoring.sides import named_run

    folder, _ = named_run(run)
    path = output or folder.verdict_path
    path.unlink(missing_ok=True)  # a former verdict must not outlive an interruption
    try:
        verdict = hold(run, baseline, anchor)
    except Exception as error:
        _write(path, no_verdict(folder, error))
        code = _refused(error)
        if isinstance(error, NoBaseline):
            _tell_how_to_store(run, baseline)
            code = DONE if allow_missing else code
        if code is None:
            raise
        return code
    _write(path, verdict)
    _tell(verdict, path)
    if verdict.outcome == "inconclusive":
        return INCONCLUSIVE if on_inconclusive == "fail" else DONE
    return DONE if verdict.outcome == "pass" else REGRESSION


def _refused(error: Exception) -> int | None:
    """Tell why there is no verdict; the exit code, None where the error is none of the gate's own."""
    from mtlbench.gate.refusals import NotComparable
    from mtlbench.results.folder import Incomplete
    from mtlbench.suite.render import render_faults

    if not isinstance(error, Incomplete | NotComparable):
        return None
    print(render_faults(error.faults), file=sys.stderr)
    return INCOMPLETE if isinstance(error, Incomplete) else NOT_COMPARABLE


def _tell_how_to_store(run: str, baseline: Path) -> None:
    """The exact command; where the run has several models, one for each."""
    from mtlbench.scoring.sides import open_side

    side = open_side("A", run)
    for each in [run] if side.model is not None else [f"{run}:{model}" for model in side.models]:
        named = [] if baseline == USUAL else ["--baseline", str(baseline)]
        words = ["mtlbench", "gate", each, *named, "--update-baseline", "--reason", "first baseline"]
        print(f"store one:  {shlex.join(words)}", file=sys.stderr)


def _write(path: Path, verdict: Verdict) -> None:
    from mtlbench.results.files import write_text

    write_text(path, verdict.model_dump_json(indent=1) + "\n")


def _tell(verdict: Verdict, path: Path) -> None:
    """A reader who has gone away changes nothing about the exit code."""
    from mtlbench.report.console import open_console
    from mtlbench.report.gate import print_verdict

    try:
        print_verdict(verdict, open_console(sys.stdout))
        print(f"\nverdict  {path}", flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _update(run: str, baseline: Path, reason: str | None, force: bool) -> int:
    from mtlbench.gate.update import update_baseline

    if not reason:
        raise InputError("a baseline is stored for a reason", 'say which: --reason "…"')
    try:
        changes = update_baseline(run, baseline, reason, force=force)
    except InputError as error:
        code = _refused(error)
        if code is None:
            raise
        return code
    print("\n".join([*changes, "", f"baseline  {baseline}: commit it"]))
    return DONE
