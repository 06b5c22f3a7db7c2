"""Comparison with single-task baselines, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mtlbench.analysis import claims
from mtlbench.analysis.comparisons import baseline_comparisons, ranking_comparisons
from mtlbench.analysis.lineage import Lineage, Training
from tests.analysis.evidence import DESIGN, accuracy_task, hits

A = accuracy_task("a", {"multi": hits(90, 100), "single-a": hits(60, 100)}, 0.5)
B = accuracy_task("b", {"multi": hits(70, 100), "single-b": hits(70, 100)}, 0.5)
MODELS = {
    "multi": Training({"a": 1.0, "b": 2.0}),
    "single-a": Training({"a": 1.0}),
    "single-b": Training({"b": 1.0, "a": 0.0}),
    "unknown": Training(),
}
TRAINED = Lineage(MODELS)
RIVALS = [accuracy_task("a", {"multi": hits(240, 400), "rival": [1] * 100 + [0] * 260 + [1] * 40}, 1.0)]
"""100 examples that one alone gets right, and 120 that the other does."""


def test_deltas_tests_and_verdicts() -> None:
    rows = {row.task: row for row in baseline_comparisons(TRAINED, [A, B], "none", DESIGN)}
    assert [(name, row.delta) for name, row in rows.items()] == [
        ("a", pytest.approx(30)), ("b", pytest.approx(0)), ("overall", pytest.approx(15))
    ]  # fmt: skip
    assert rows["a"].p_value == pytest.approx(2**-29), "30 discordant pairs, all one way"
    assert rows["a"].p_adjusted == pytest.approx(3 * 2**-29), "three tests of one model are one family"
    assert (rows["a"].test, rows["overall"].test) == ("McNemar, exact", "paired permutation, 1199 rounds")
    assert rows["b"].p_value == 1.0
    assert [rows[task].significant for task in ("a", "b", "overall")] == [True, False, True]
    assert rows["a"].ci_low is not None
    assert rows["a"].ci_low > 20


def test_effects_and_what_could_have_been_found() -> None:
    rows = {row.task: row for row in baseline_comparisons(TRAINED, [A, B], "none", DESIGN)}
    assert (rows["a"].win_rate, rows["a"].odds_ratio) == (pytest.approx(65), None), (
        "no example that the baseline alone got right"
    )
    assert rows["a"].effect == pytest.approx(0.3 / (0.3 * 0.7) ** 0.5, rel=0.1)
    assert rows["a"].mde == pytest.approx(2.8 * 100 * (0.3 * 0.7 / 100) ** 0.5, rel=0.1)
    assert rows["b"].mde is None, "the same outputs: no difference to take an error from"
    assert (rows["b"].method, rows["b"].win_rate) == ("tango", 50)
    assert rows["overall"].method == "percentile"
    assert rows["overall"].effect is None


def test_max_t_is_another_correction() -> None:
    design = replace(DESIGN, correction="max_t")
    rows = {row.task: row for row in baseline_comparisons(TRAINED, [A, B], "none", design)}
    assert rows["a"].p_adjusted == pytest.approx(1 / 1200)
    assert [rows[task].significant for task in ("a", "b", "overall")] == [True, False, True]
    loose = baseline_comparisons(TRAINED, [A, B], "none", replace(DESIGN, correction="none"))
    assert [row.p_adjusted for row in loose] == [row.p_value for row in loose]


def test_an_overall_without_all_baselines_is_null_with_its_reason() -> None:
    trained = Lineage({name: training for name, training in MODELS.items() if name != "single-b"})
    rows = {row.task: row for row in baseline_comparisons(trained, [A, B], "none", DESIGN)}
    assert set(rows) == {"a", "overall"}
    assert rows["overall"].delta is None
    assert rows["overall"].significant is None
    assert rows["overall"].reason == "no single-task baseline for b"


def test_a_baseline_without_predictions_is_null_with_its_reason() -> None:
    task = accuracy_task("a", {"multi": hits(90, 100)}, 1.0)
    rows = baseline_comparisons(TRAINED, [task], "none", DESIGN)
    assert [(row.delta, row.reason) for row in rows] == [(None, "single-a has no predictions for a")] * 2


def test_a_family_of_too_many_scores_is_tested_by_its_standard_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of exchanges of hundreds of pairs are not worth it: z tells the same."""
    exchanged = ranking_comparisons(["multi", "rival"], RIVALS, "none", DESIGN)
    monkeypatch.setattr(claims, "MOST_SCORES", 0)
    (row,) = ranking_comparisons(["multi", "rival"], RIVALS, "none", DESIGN)
    assert (row.test, row.delta) == ("z, bootstrap standard error", exchanged[0].delta)
    assert row.p_value == pytest.approx(exchanged[0].p_value, abs=0.05)
    (exact,) = ranking_comparisons(["multi", "rival"], RIVALS, "none", replace(DESIGN, correction="max_t"))
    assert exact.test.startswith("paired permutation"), "max-T is of the exchanges themselves"
