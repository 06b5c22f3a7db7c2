"""What the gate promises: few false alarms, and drops found, on ten tasks of 1,000 rows and a margin of one point.

Of each task, 8% of the answers differ between two models; a drop of d points moves as many from right to wrong.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, norm

from mtlbench.analysis.evidence import Design
from mtlbench.gate.gate import combined
from mtlbench.gate.regression import CANDIDATE, Estimate, estimates, judged, one_sided
from mtlbench.gate.rules import Rules
from mtlbench.gate.verdict import CheckRow
from mtlbench.suite.declarations import Gate
from tests.analysis.evidence import accuracy_task

TASKS, ROWS, DIFFERENT = 10, 1000, 0.08
RULES = Rules(Gate(), {})

NONE, ONE_BY_5, ONE_BY_3, EACH_BY_1 = (
    [0.0] * TASKS,
    [5.0] + [0.0] * (TASKS - 1),
    [3.0] + [0.0] * (TASKS - 1),
    [1.0] * TASKS,
)


def counts(drops: list[float], runs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Answers won and lost `[runs, tasks]`."""
    half, shift = DIFFERENT / 2, np.array(drops) / 200
    chances = np.stack([half - shift, half + shift, np.full(TASKS, 1 - DIFFERENT)], axis=1)
    drawn = np.random.default_rng(seed).multinomial(ROWS, chances, size=(runs, TASKS))
    return drawn[..., 0], drawn[..., 1]


def outcomes(drops: list[float], runs: int, seed: int) -> list[str]:
    """Verdicts by McNemar's exact test of each task and normal laws for the rest, which needs no resampling."""
    won, lost = counts(drops, runs, seed)
    delta = 100 * (won - lost) / ROWS
    se = 100 * np.sqrt((won + lost) - (won - lost) ** 2 / ROWS) / ROWS
    p_value = np.minimum(1, 2 * binom.cdf(np.minimum(won, lost), won + lost, 0.5))
    mean, mean_se = delta.mean(1), np.sqrt((se**2).sum(1)) / TASKS
    names = [*(f"task{n}" for n in range(TASKS)), "overall"]
    found = []
    for run in range(runs):
        rows = zip(
            names,
            [*delta[run], mean[run]],
            [*se[run], mean_se[run]],
            [*p_value[run], 2 * norm.sf(abs(mean[run]) / mean_se[run])],
            strict=True,
        )
        scored = [Estimate(n, "m", "baseline", 80 + d, 80.0, d, d - 1.645 * s, p, s, ROWS) for n, d, s, p in rows]
        found.append(combined(judged(scored, RULES)))
    return found


@pytest.mark.parametrize(
    ("drops", "failed"),
    [(NONE, (0.0, 0.06)), (ONE_BY_5, (0.95, 1.0)), (ONE_BY_3, (0.75, 0.95)), (EACH_BY_1, (0.80, 1.0))],
    ids=["none", "one by 5", "one by 3", "each by 1"],
)
def test_how_often_it_fails(drops: list[float], failed: tuple[float, float]) -> None:
    found = outcomes(drops, 2000, seed=8)
    least, most = failed
    assert least <= found.count("fail") / len(found) <= most


def test_unchanged_models_pass_on_the_overall() -> None:
    found = outcomes(NONE, 2000, seed=9)
    assert found.count("pass") / len(found) >= 0.9  # 97% of non-inferiority, less the false alarms


def answers(won: np.ndarray, lost: np.ndarray) -> list[CheckRow]:
    """The checks of whole tables of answers, resampled and permuted as a run's are."""
    design = Design(1, one_sided(0.05), 300, 499, "none")
    tasks = []
    for number, (more, fewer) in enumerate(zip(won, lost, strict=True)):
        mine, theirs = np.zeros(ROWS, dtype=int), np.zeros(ROWS, dtype=int)
        theirs[:more], mine[more : more + fewer] = 1, 1
        made = {CANDIDATE: mine.tolist(), "baseline": theirs.tolist()}
        tasks.append(accuracy_task(f"task{number}", made, 1 / TASKS, design=design))
    return judged(estimates(tasks, "baseline", "none", design), RULES)


@pytest.mark.parametrize("drops", [NONE, ONE_BY_3, EACH_BY_1], ids=["none", "one by 3", "each by 1"])
def test_whole_runs_agree_with_the_normal_laws(drops: list[float]) -> None:
    """Of the same counts the resampled verdict is that of the simulation, but for a few on the edge."""
    runs = 15
    whole = [combined(answers(*both)) for both in zip(*counts(drops, runs, seed=8), strict=True)]
    assert sum(one == other for one, other in zip(whole, outcomes(drops, runs, seed=8), strict=True)) >= runs - 2
