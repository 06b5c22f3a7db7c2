"""Verdicts made by hand."""

from __future__ import annotations

from typing import Any

from mtlbench.gate.verdict import BaselineInfo, CheckRow, GateWarning, Outcome, Verdict


def check(task: str, outcome: Outcome, delta: float, **more: Any) -> CheckRow:
    """A regression of a task's accuracy, with a margin of one point."""
    return CheckRow(
        **{
            "kind": "regression",
            "task": task,
            "metric": "overall" if task == "overall" else "accuracy",
            "outcome": outcome,
            "gates": True,
            "against": "baseline",
            "value": 80 + delta,
            "baseline_value": 80,
            "delta": delta,
            "ci_low": delta - 1.5,
            "bound": -1,
            "p_value": 0.001,
            "p_adjusted": 0.004,
            "n": 500,
            "mde": 2.5,
            "needed": 3100,
            "reason": f"{-delta:g} worse on {task}",
            **more,
        }
    )


def minimum(task: str, outcome: Outcome) -> CheckRow:
    """A worst acceptable score of 70."""
    return CheckRow(
        kind="minimum",
        task=task,
        metric="minimum",
        outcome=outcome,
        gates=True,
        value=66,
        ci_low=63.5,
        ci_high=69,
        bound=70,
        reason="surely beyond the limit",
    )


def verdict(checks: list[CheckRow], outcome: Outcome | None = "fail", reasons: list[str] | None = None) -> Verdict:
    return Verdict(
        outcome=outcome,
        suite="everyday",
        run="20261120",
        model="joint",
        rule="drop",
        alpha=0.05,
        power=0.8,
        baselines=[
            BaselineInfo(
                against="baseline",
                path="gate-baseline",
                model="joint",
                fingerprint="8b1a",
                run="20261001",
                created="2026-10-01T10:00:00Z",
                commit="0123456789abcdef",
                reason="release 1.2",
            )
        ],
        checks=checks,
        reasons=reasons or [],
        warnings=[GateWarning(where="speed", message="not gated: outputs came from the cache")],
    )
