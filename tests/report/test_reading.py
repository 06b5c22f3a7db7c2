"""Order, direction and verdicts, as every report takes them from Results."""

from __future__ import annotations

import pytest

from mtlbench.report import reading
from mtlbench.report.reading import Verdict
from mtlbench.results import Results
from mtlbench.results.schema import WarningRow
from tests.report.boards import board, comparison_row, overall_row, score_row, transfer_row


def lower_is_better(results: Results) -> Results:
    """The first task's headline counts errors."""
    task = results.tasks[0]
    metrics = [metric.model_copy(update={"higher_is_better": False}) for metric in task.metrics]
    return results.model_copy(update={"tasks": [task.model_copy(update={"metrics": metrics}), *results.tasks[1:]]})


def test_standings_put_ranked_models_first_and_the_rest_by_coverage() -> None:
    results = board(["a", "b"], ["sentiment", "translation"])
    rows = [
        overall_row("single-sentiment", None, 0, 0, 0, 0.2),
        overall_row("b", 2, 1, 2, 70, 1.0),
        overall_row("single-translation", None, 0, 0, 0, 0.8),
        overall_row("a", 1, 1, 2, 71, 1.0),
    ]
    order = [row.model for row in reading.standings(results.model_copy(update={"overall": rows}))]
    assert order == ["a", "b", "single-translation", "single-sentiment"]


@pytest.mark.parametrize(
    ("delta", "half", "p", "verdict"),
    [
        (2.0, 1.0, 0.01, Verdict.HELPS),
        (-2.0, 1.0, 0.01, Verdict.HURTS),
        (2.0, 1.0, 0.05, Verdict.HELPS),
        (2.0, 1.0, 0.0501, Verdict.UNCLEAR),
        (2.0, 2.0, 0.01, Verdict.UNCLEAR),
        (2.0, 1.0, None, Verdict.UNCLEAR),
        (None, 0.0, None, None),
    ],
)
def test_a_comparison_is_separable_only_by_interval_and_test(
    delta: float | None, half: float, p: float | None, verdict: Verdict | None
) -> None:
    results = board(["a"], ["sentiment"])
    row = comparison_row("sentiment", "accuracy", "a", "b", delta or 0.0, half or 1.0)
    row = row.model_copy(update={"delta": delta, "p_adjusted": p})
    assert reading.comparison_verdict(results, row) == verdict


def test_fewer_errors_help() -> None:
    results = lower_is_better(board(["a"], ["sentiment"]))
    row = comparison_row("sentiment", "accuracy", "a", "b", -2.0, 1.0)
    assert reading.comparison_verdict(results, row) is Verdict.HELPS


def test_transfer_is_read_as_the_results_tell_it() -> None:
    deltas = (2.0, -2.0, 0.5, None)
    rows = [transfer_row("a", "sentiment", delta, 1.0, 0.01) for delta in deltas]
    assert [reading.transfer_verdict(row) for row in rows] == [Verdict.HELPS, Verdict.HURTS, Verdict.UNCLEAR, None]


def test_best_models_follow_the_direction_and_share_ties() -> None:
    results = board(["a", "b", "c"], ["sentiment"], single=False)
    scores = [score_row(model, results.tasks[0], "accuracy", value) for model, value in (("a", 5), ("b", 9), ("c", 5))]
    results = results.model_copy(update={"scores": scores})
    assert reading.best_models(results) == {("b", "sentiment")}
    assert reading.best_models(lower_is_better(results)) == {("a", "sentiment"), ("c", "sentiment")}
    assert reading.best_models(results.model_copy(update={"scores": scores[:1]})) == set()


def test_one_message_is_told_once_with_its_places() -> None:
    warnings = [WarningRow(code="cut", where=f"task {n}", message="inputs were cut") for n in range(5)]
    results = board(["a"], ["sentiment"]).model_copy(update={"warnings": [*warnings, warnings[0]]})
    (caveat,) = reading.caveats(results)
    assert caveat.places == "task 0, task 1, task 2 and 2 more"


def test_failures_are_told_first() -> None:
    warnings = [WarningRow(code=code, where="x", message=code) for code in ("truncated", "limited", "failed")]
    results = board(["a"], ["sentiment"]).model_copy(update={"warnings": warnings})
    assert [caveat.code for caveat in reading.caveats(results)] == ["failed", "truncated", "limited"]
