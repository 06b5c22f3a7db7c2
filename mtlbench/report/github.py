"""The gate's verdict for GitHub Actions: annotations at the suite's lines, a job summary, outputs for later steps.

Of one step at most ten errors and ten warnings are shown, and a summary above 1 MiB is dropped whole.
https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from mtlbench.gate.verdict import CheckRow, Outcome, Verdict
from mtlbench.report.gate import checked, headline
from mtlbench.report.markdown import verdict_markdown
from mtlbench.report.reading import OVERALL
from mtlbench.report.wording import plain
from mtlbench.suite.faults import Place

MOST_ANNOTATIONS = 10
SUMMARY_BYTES = 900 * 1024

_LEVELS: Mapping[Outcome, str] = {"fail": "error", "inconclusive": "warning"}

Finder = Callable[..., Place]
"""From a key path of the suite file to where it is written there."""


def workflow_commands(verdict: Verdict, find: Finder | None, root: Path) -> list[str]:
    """Annotations, worst first, for what fails and what keeps the verdict from a pass; `find` gives their lines.

    The last of them says how many more there are. Files are named from `root`, the checkout.
    """
    if verdict.outcome is None:
        return [_command("error", headline(verdict), "; ".join(verdict.reasons), None, root)]
    told = [check for check in verdict.checks if check.outcome == "fail" or (check.gates and check.outcome != "pass")]
    most = len(told) if len(told) <= MOST_ANNOTATIONS else MOST_ANNOTATIONS - 1
    lines = [
        _command(
            _LEVELS[check.outcome],
            f"{check.outcome}: {checked(check)}",
            check.reason,
            find(*_key_path(check), key=True) if find else None,
            root,
        )
        for check in told[:most]
    ]
    if len(told) > most:
        level = _LEVELS[told[most].outcome]
        lines.append(
            _command(level, headline(verdict), f"and {len(told) - most} more: see the job summary", None, root)
        )
    return lines


def write_summary(verdict: Verdict, path: Path) -> None:
    """Append the verdict to the step's summary, as far as there is room in it."""
    used = path.stat().st_size if path.exists() else 0
    with path.open("a", encoding="utf-8") as file:
        file.write(verdict_markdown(verdict, max(0, SUMMARY_BYTES - used)))


def write_outputs(verdict: Verdict, file_of_verdict: Path, path: Path) -> None:
    """Append `outcome` (pass, fail, inconclusive or none) and `verdict`, the path of verdict.json."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"outcome={verdict.outcome or 'none'}\nverdict={plain(str(file_of_verdict))}\n")


def _key_path(check: CheckRow) -> tuple[str, ...]:
    """Of the limit where the task has its own, else, there being no such key, of the task."""
    return (OVERALL,) if check.task == OVERALL else ("tasks", check.task, check.kind)


def _command(level: str, title: str, message: str, place: Place | None, root: Path) -> str:
    where = (
        {} if place is None else {"file": os.path.relpath(place.file, root), "line": place.line, "col": place.column}
    )
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in where.items() if value is not None)
    properties += ("," if properties else "") + f"title={_property(plain(title))}"
    return f"::{level} {properties}::{_data(plain(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
