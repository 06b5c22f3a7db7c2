"""What the gate says of one score: tables checked by hand, and what never changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlbench.analysis.evidence import Design
from mtlbench.gate.gate import combined
from mtlbench.gate.regression import CANDIDATE, Estimate, estimates, judged, one_sided
from mtlbench.gate.rules import Rules
from mtlbench.suite.declarations import Gate
from tests.analysis.evidence import accuracy_task, errors_task, hits

DESIGN = Design(seed=1, confidence=one_sided(0.05), resamples=400, permutations=999, correction="none")
DROP = Estimate("mood", "accuracy", "baseline", 74.0, 79.0, -5.0, -7.0, 0.001, 1.2, 1000)


def rules(**keys: object) -> Rules:
    return Rules(Gate(**keys), {})


@pytest.mark.parametrize(
    ("change", "keys", "outcome"),
    [
        ({}, {}, "fail"),
        ({"delta": -0.9, "low": -1.2}, {}, "inconclusive"),  # significant, and within the margin
        ({"p_value": 0.2}, {}, "inconclusive"),
        ({"delta": -0.5, "low": -1.0, "p_value": 0.3}, {}, "pass"),  # a bound that lies on the margin
        ({"delta": -0.5, "low": -1.01, "p_value": 0.3}, {}, "inconclusive"),
        ({"delta": 2.0, "low": 0.5, "p_value": 0.01}, {}, "pass"),
        ({"delta": 2.0, "low": None, "p_value": 0.01, "reason": "too few"}, {}, "inconclusive"),
        ({"delta": -5.0, "low": -7.0}, {"margin": 6}, "inconclusive"),
        ({"delta": -5.0, "low": -7.0}, {"margin": 7}, "pass"),
        ({}, {"rule": "margin"}, "fail"),  # z = (1 − 5) / 1.2 = −3.33
        ({"delta": -2.5, "low": -4.5}, {"rule": "margin"}, "inconclusive"),  # z = −1.25, though p of a drop is 0.0005
        ({"delta": 0.0, "low": 0.0, "se": 0.0, "p_value": 1.0}, {"margin": 0}, "pass"),
        ({"delta": 0.0, "low": 0.0, "se": 0.0, "p_value": 1.0}, {"margin": 0, "rule": "margin"}, "pass"),
    ],
)
def test_one_score(change: dict[str, object], keys: dict[str, object], outcome: str) -> None:
    (check,) = judged([replace(DROP, **change)], rules(**keys))  # type: ignore[arg-type]
    assert check.outcome == outcome


def test_the_tests_of_a_verdict_are_one_family() -> None:
    """One-sided p = 0.02 is significant alone, and not among three: Holm's is 3 · 0.02."""
    drop = replace(DROP, p_value=0.04)
    quiet = replace(DROP, task="topic", delta=1.0, low=-0.5, p_value=0.6)
    assert [check.p_adjusted for check in judged([drop], rules())] == [pytest.approx(0.02)]
    found = judged([drop, quiet, replace(quiet, task="overall")], rules())
    assert [check.p_adjusted for check in found] == [pytest.approx(0.06), 1.0, 1.0]
    assert [check.p_value for check in found] == [pytest.approx(0.02), 0.7, 0.7]
    assert found[0].outcome == "inconclusive"


@pytest.mark.parametrize(
    ("delta", "margin", "needed"),
    [
        (0.0, 1, 8_903),  # 1,000 · (2.984 / 1)²
        (0.5, 1, 8_903),  # better than nothing lost counts as nothing lost
        (-0.5, 1, 35_612),  # half a point of room
        (-2.0, 1, 2_226),  # a drop of 2, and not the margin, is to be shown
        (0.0, 0, None),
    ],
)
def test_rows_that_would_settle_it(delta: float, margin: float, needed: int | None) -> None:
    """MDE = (1.645 + 0.842) · 1.2 = 2.984."""
    (check,) = judged([replace(DROP, delta=delta, low=-2.47, p_value=0.68)], rules(margin=margin))
    assert check.mde == pytest.approx(2.984, abs=1e-3)
    assert check.needed == needed
    assert "it may be 2.47 worse, and the margin is" in check.reason


@pytest.mark.parametrize(
    ("on", "gated"),
    [("overall", {"overall", "topic"}), ("tasks", {"mood", "topic"}), ("both", {"overall", "mood", "topic"})],
)
def test_what_a_pass_needs(on: str, gated: set[str]) -> None:
    keys = Rules(Gate(on=on), {}, frozenset({"topic"}))
    assert {task for task in ("overall", "mood", "topic") if keys.gates(task)} == gated


def test_margins_come_from_the_nearest_place() -> None:
    keys = Rules(Gate(margin=2), {"mood": 3.0})
    assert (keys.margin("mood"), keys.margin("topic"), keys.drop("mood"), keys.drop("overall")) == (3.0, 2.0, 3.0, 1.0)
    assert Gate(margin=2).over(Gate(margin=5, alpha=0.1)) == Gate(margin=2, alpha=0.1)


def test_estimates_of_accuracy() -> None:
    """40 of 200 right answers are lost: McNemar's p = 2 · 0.5⁴⁰, Δ = −20 points, se ≈ 100·√(0.2 · 0.8 / 200) = 2.83."""
    task = accuracy_task("mood", {CANDIDATE: hits(140, 200), "baseline": hits(180, 200)}, 1.0, design=DESIGN)
    found, overall = estimates([task], "baseline", "none", DESIGN)
    assert (found.value, found.baseline_value, found.delta) == (70.0, 90.0, -20.0)
    assert found.p_value == pytest.approx(2 * 0.5**40)
    assert found.low == pytest.approx(-20 - 1.645 * 2.83, abs=0.1)
    assert found.se == pytest.approx(2.83, abs=0.3)
    assert (overall.task, overall.delta, overall.n) == ("overall", -20.0, 200)


def test_fewer_errors_are_better() -> None:
    errors = np.linspace(0.5, 1.5, 100)
    task = errors_task("rating", {CANDIDATE: errors, "baseline": errors + np.linspace(0.1, 0.3, 100)}, share=1.0)
    found = estimates([task], "baseline", "none", DESIGN)[0]
    assert found.delta == pytest.approx(0.2)
    assert found.low is not None
    assert 0.1 < found.low < 0.2
    assert judged([found], rules())[0].outcome == "pass"


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 60),
    right=st.integers(0, 60),
    margin=st.sampled_from([0.0, 0.1, 1.0]),
    rule=st.sampled_from(["drop", "margin"]),
)
def test_the_same_predictions_always_pass(n: int, right: int, margin: float, rule: str) -> None:
    same = hits(min(n, right), n)
    task = accuracy_task("mood", {CANDIDATE: same, "baseline": same}, 1.0, design=DESIGN)
    checks = judged(estimates([task], "baseline", "none", DESIGN), rules(margin=margin, rule=rule, on="both"))
    assert combined(checks) == "pass"
