"""Weights by difficulty are refused where no model can be the single-task baseline."""

from __future__ import annotations

from typing import Any

import pytest

from tests.checking.conftest import Edit
from tests.checking.finding import assert_faults, faults_of

WEIGHTS = ("tasks:\n", "overall: {weights: difficulty}\ntasks:\n")
DECLARED = "    trained_on: [sentiment, elsewhere]\n"
ALONE = "".join(
    f"  {task}:\n    predictions: outputs\n    trained_on: [{task}]\n"
    for task in ("sentiment", "similarity", "summary")
)
NONE = "there is none of sentiment, similarity, summary"


@pytest.mark.parametrize(
    ("changes", "choice", "message"),
    [
        ([], {}, NONE),
        # Its training.json may tell.
        ([(DECLARED, "")], {}, None),
        ([("models:\n", f"models:\n{ALONE}")], {}, None),
        ([("models:\n", f"models:\n{ALONE}")], {"models": ["joint"]}, NONE),
        ([("models:\n", f"models:\n{ALONE.replace('[summary]', '[summary, web]')}")], {}, "there is none of summary"),
        ([("models:\n", f"models:\n{ALONE.replace('[summary]', '[summary, web]')}")], {"tasks": ["sentiment"]}, None),
        (
            [("models:\n", f"models:\n{ALONE}"), ("    trained_on: [summary]\n", "    trained_on: [summary]\n    prune: 0.5\n")],
            {"tasks": ["summary"]},
            "there is none of summary",
        ),
    ],
)  # fmt: skip
def test_baselines_are_known(
    edit: Edit, changes: list[tuple[str, str]], choice: dict[str, Any], message: str | None
) -> None:
    path = edit(*changes, WEIGHTS)
    line = path.read_text().splitlines().index("overall: {weights: difficulty}") + 1
    faults = [fault for fault in faults_of(path, **choice) if "difficulty" in fault.message]
    assert_faults(faults, [] if message is None else [(line, 20, message)])


def test_a_task_without_a_floor(edit: Edit) -> None:
    """What a baseline leaves to the ceiling is told as a part of the way from the floor."""
    metric = "    reference: score\n    metrics: [rmse]\n"
    path = edit((DECLARED, ""), WEIGHTS, ("    reference: score\n", f"{metric}    weight: 0\n"))
    assert_faults(faults_of(path), [])
    path = edit(("    weight: 0\n", ""))
    assert any("task `similarity` needs `floor`" in fault.message for fault in faults_of(path))
