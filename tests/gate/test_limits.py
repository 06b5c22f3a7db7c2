"""Limits and costs: which side of a bound, how sure, and when a measured cost may gate at all."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from mtlbench.gate.cost import cost_checks
from mtlbench.gate.limits import limit_checks, outcome
from mtlbench.gate.rules import Rules
from mtlbench.results.schema import EfficiencyRow, FairnessLimitRow, LimitRow
from mtlbench.suite.declarations import Gate


@pytest.mark.parametrize(
    ("broken", "sure", "said"),
    [
        (False, True, "pass"),
        (False, False, "pass"),
        (True, True, "fail"),
        (True, False, "inconclusive"),
        (True, None, "inconclusive"),
        (None, None, "inconclusive"),
    ],
)
def test_a_limit(broken: bool | None, sure: bool | None, said: str) -> None:
    assert outcome(broken, sure) == said


def test_limits_on_scores_of_the_model_alone() -> None:
    def row(model: str, value: float | None) -> LimitRow:
        return LimitRow(
            model=model,
            task="mood",
            priority="critical",
            limit="minimum",
            bound=80.0,
            baseline=None,
            value=value,
            ci_low=None if value is None else value - 2,
            ci_high=None if value is None else value + 2,
            broken=None if value is None else value < 80,
            sure=None if value is None else value + 2 < 80,
            reason="no score" if value is None else None,
        )

    def said(value: float | None) -> list[tuple[str, bool, bool]]:
        results: Any = SimpleNamespace(limits=[row("mine", value), row("another", 10.0)], scores=[], fairness_limits=[])
        manifest: Any = SimpleNamespace(pairs=[], tasks={})
        checks = limit_checks(results, manifest, "mine", Rules(Gate(), {}))
        return [(check.outcome, check.gates, check.critical) for check in checks]

    assert [said(value) for value in (75.0, 79.0, 81.0, None)] == [
        [("fail", True, True)],
        [("inconclusive", True, True)],
        [("pass", True, True)],
        [("inconclusive", True, True)],
    ]


@pytest.mark.parametrize(
    ("verdict", "gap", "said"),
    [
        ("violated", 12.0, ("fail", True)),
        ("not certain", 7.0, ("inconclusive", True)),
        ("kept", 2.0, ("pass", True)),
        ("not enough rows", 20.0, ("inconclusive", False)),
    ],
)
def test_gaps_between_groups_gate_where_there_are_rows_enough(verdict: Any, gap: float, said: tuple[str, bool]) -> None:
    def row(model: str) -> FairnessLimitRow:
        return FairnessLimitRow(
            model=model, task="mood", metric="accuracy", attribute="gender", max_gap=5.0, gap=gap, ci_low=gap - 1,
            ci_high=gap + 1, n=400, verdict=verdict, finding="told", reason=None,
        )  # fmt: skip

    results: Any = SimpleNamespace(limits=[], scores=[], fairness_limits=[row("mine"), row("another")])
    manifest: Any = SimpleNamespace(pairs=[], tasks={})
    (check,) = limit_checks(results, manifest, "mine", Rules(Gate(), {}))
    assert (check.outcome, check.gates) == said
    assert (check.metric, check.bound) == ("accuracy by gender", 5.0)


def efficiency(model: str, seconds: float, memory: int, cached: int = 0, device: str = "cpu") -> EfficiencyRow:
    empty = dict.fromkeys(
        ("parameters", "trainable", "bytes", "examples_per_second", "tokens_per_second", "p50", "p95", "reason")
    )
    return EfficiencyRow(
        model=model, task="mood", seconds=seconds, peak_memory=memory, cached=cached, device=device, dtype="float32",
        **empty,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("beside", "speed", "warned"),
    [
        (efficiency("old", 8.0, 100), "fail", set()),  # 10 s are 25% more than 8 s
        (efficiency("old", 9.0, 100), "pass", set()),  # 11% more
        (efficiency("old", 8.0, 100, cached=1), None, {"speed"}),
        (efficiency("old", 8.0, 100, device="cuda:0"), None, {"speed", "memory"}),
        (None, None, {"speed", "memory"}),
    ],
)
def test_costs_gate_where_one_run_measured_both(
    beside: EfficiencyRow | None, speed: str | None, warned: set[str]
) -> None:
    from mtlbench.gate.candidate import cost_of

    rows = [efficiency("new", 10.0, 120), *([beside] if beside else [])]
    models = [SimpleNamespace(name=row.model, fingerprint=row.model) for row in rows]
    results: Any = SimpleNamespace(models=models, efficiency=rows)
    mine: Any = SimpleNamespace(model="new", cost=cost_of(rows[:1]))
    stored: Any = SimpleNamespace(fingerprint="old", cost=cost_of([efficiency("old", 5.0, 60)]))
    checks, warnings = cost_checks(results, mine, stored, Rules(Gate(speed=20, memory=20), {}))
    found = {check.kind: check.outcome for check in checks}
    assert found.get("speed") == speed
    assert ("memory" in found) == ("memory" not in warned)
    assert {warning.where for warning in warnings} == warned
    assert all("+100%" in warning.message for warning in warnings)
