from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from mtlbench.suite.recipe import Sampling
from mtlbench.training.sampling import RATES, Mixture

ROWS = {"big": 10_000, "middle": 400, "small": 25}
LOSSES = {"big": 1.0, "middle": 3.0, "small": 0.0}
DIFFICULTY = {task: range(number) for task, number in ROWS.items()}

CASES: list[tuple[dict[str, Any], list[float]]] = [
    ({"strategy": "proportional"}, [10_000, 400, 25]),
    ({"strategy": "proportional", "cap": 500}, [500, 400, 25]),
    ({"strategy": "curriculum"}, [10_000, 400, 25]),
    ({"strategy": "uniform"}, [1, 1, 1]),
    ({"strategy": "sqrt"}, [100, 20, 5]),
    ({"strategy": "temperature"}, [10_000, 400, 25]),
    ({"strategy": "temperature", "temperature": 2}, [100, 20, 5]),
    ({"strategy": "temperature", "temperature": 2, "cap": 625}, [25, 20, 5]),
    ({"strategy": "temperature", "temperature": 1e9}, [1, 1, 1]),
    ({"strategy": "weights", "weights": {"big": 1, "middle": 0.5, "small": 2.5}}, [1, 0.5, 2.5]),
    ({"strategy": "weights", "weights": {"big": 1, "middle": 0, "small": 1, "absent": 7}}, [1, 0, 1]),
    ({"strategy": "loss"}, [0.9 * 1 / 4 + 0.1 / 3, 0.9 * 3 / 4 + 0.1 / 3, 0.1 / 3]),
]


def made(sampling: dict[str, Any], seed: int = 0, rows: dict[str, int] | None = None, **others: Any) -> Mixture:
    mixture = Mixture(Sampling(**sampling), rows or ROWS, seed, DIFFICULTY, **others)
    mixture.observe(LOSSES)
    return mixture


def test_every_strategy_is_tested() -> None:
    assert {case["strategy"] for case, _ in CASES} == RATES.keys()


@pytest.mark.parametrize(("sampling", "expected"), CASES, ids=str)
def test_rates(sampling: dict[str, Any], expected: list[float]) -> None:
    mixture = made(sampling, seed=11)
    rates = np.array(expected) / sum(expected)
    assert [mixture.probabilities()[task] for task in ROWS] == pytest.approx(rates)
    drawn = Counter(task for task, _ in mixture.draw(20_000))
    assert mixture.counts == {task: drawn[task] for task in ROWS}
    seen = [drawn[task] for task, rate in zip(ROWS, rates, strict=True) if rate]
    assert sum(seen) == 20_000
    assert chisquare(seen, 20_000 * rates[rates > 0]).pvalue > 0.01


def test_an_extreme_temperature_overflows_nothing() -> None:
    assert made({"strategy": "temperature", "temperature": 0.001}).probabilities()["big"] == 1


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ({}, [1 / 3, 1 / 3, 1 / 3]),
        ({"big": 0.0}, [1 / 3, 1 / 3, 1 / 3]),
        ({"big": 1.0, "middle": 3.0}, [0.9 * 1 / 6 + 0.1 / 3, 0.9 * 3 / 6 + 0.1 / 3, 0.9 * 2 / 6 + 0.1 / 3]),
        ({"big": 1.0, "middle": -3.0, "small": 0.0}, [0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3]),
    ],
)
def test_losses_that_are_not_known_or_not_positive(losses: dict[str, float], expected: list[float]) -> None:
    mixture = Mixture(Sampling(strategy="loss"), ROWS, 0)
    mixture.observe(losses)
    assert [mixture.probabilities()[task] for task in ROWS] == pytest.approx(expected)


def test_a_loss_that_is_no_number_is_told() -> None:
    with pytest.raises(ValueError, match="the loss of big is nan"):
        made({"strategy": "loss"}).observe({"big": float("nan")})


@pytest.mark.parametrize("strategy", ["uniform", "curriculum"])
def test_each_pass_takes_each_row_once_in_a_new_order(strategy: str) -> None:
    drawn = [row for _, row in made({"strategy": strategy}, rows={"small": 25}).draw(75)]
    passes = [drawn[:25], drawn[25:50], drawn[50:]]
    assert [sorted(each) for each in passes] == [list(range(25))] * 3
    assert passes[0] != passes[1] != passes[2]


def test_a_curriculum_draws_from_the_share_that_competence_admits() -> None:
    rows = 400
    hardest_first = {"only": list(range(rows, 0, -1))}
    mixture = Mixture(Sampling(strategy="curriculum"), {"only": rows}, 3, hardest_first)
    ranks = [rows - 1 - row for _, row in mixture.draw(rows)]
    for number, rank in enumerate(ranks):
        assert rank < np.ceil(rows * np.sqrt(0.01**2 + (1 - 0.01**2) * number / rows))
    assert ranks != sorted(ranks)
    assert np.mean(ranks[:100]) < 0.25 * rows < 0.6 * rows < np.mean(ranks[-100:])


def test_the_stream_depends_on_seed_and_names_alone() -> None:
    one = made({"strategy": "sqrt"}).draw(50)
    assert one == made({"strategy": "sqrt"}, rows=dict(reversed(ROWS.items()))).draw(50)
    assert one != made({"strategy": "sqrt"}, seed=1).draw(50)
    orders = [[row for _, row in made({"strategy": "sqrt"}, rows={name: 30}).draw(30)] for name in ("big", "small")]
    assert orders[0] != orders[1]


def test_rehearsal_gives_earlier_tasks_their_share_by_rows() -> None:
    mixture = made(
        {"strategy": "uniform"}, rows={"big": 10, "small": 30}, earlier={"first": 100, "second": 300}, rehearsal=0.2
    )
    expected = {"big": 0.4, "small": 0.4, "first": 0.05, "second": 0.15}
    assert mixture.probabilities() == pytest.approx(expected)
    drawn = Counter(task for task, _ in mixture.draw(20_000))
    assert chisquare([drawn[task] for task in expected], [20_000 * rate for rate in expected.values()]).pvalue > 0.01


@settings(deadline=None, max_examples=60)
@given(
    sampling=st.sampled_from([case for case, _ in CASES]),
    seed=st.integers(0, 2**63 - 1),
    before=st.lists(st.integers(0, 40), max_size=4),
    after=st.integers(1, 80),
    rehearsal=st.sampled_from([0.0, 0.3]),
)
def test_goes_on_from_any_state(
    sampling: dict[str, Any], seed: int, before: list[int], after: int, rehearsal: float
) -> None:
    rows = {"big": 60, "middle": 7, "small": 3}
    difficulty = {task: [(5 * row) % 11 for row in range(number)] for task, number in rows.items()}

    def fresh() -> Mixture:
        return Mixture(Sampling(**sampling), rows, seed, difficulty, {"old": 9}, rehearsal)

    broken, unbroken = fresh(), fresh()
    for number, count in enumerate(before):
        broken.draw(count)
        broken.observe({"big": float(number)})
        unbroken.draw(count // 2)
        unbroken.draw(count - count // 2)
        unbroken.observe({"big": float(number)})
    resumed = fresh()
    resumed.load_state_dict(json.loads(json.dumps(broken.state_dict())))
    assert resumed.draw(after) == unbroken.draw(after)
    assert resumed.counts == unbroken.counts


@pytest.mark.parametrize(
    ("sampling", "rows", "message"),
    [
        ({"strategy": "uniform"}, {"a": 3, "b": 0}, "no rows to draw of b"),
        ({"strategy": "uniform"}, {}, "no rows to draw of no tasks"),
        ({"strategy": "weights", "weights": {"a": 1, "x": 1}}, {"a": 3, "c": 1, "b": 1}, "no weight for b, c"),
        ({"strategy": "weights", "weights": {"a": 0, "x": 1}}, {"a": 3}, "weight 0 for a, so there is nothing to draw"),
        ({"strategy": "curriculum"}, {"c": 3}, "how difficult each of the 3 rows of c is"),
        ({"strategy": "curriculum"}, {"short": 3}, "how difficult each of the 3 rows of short is"),
        ({"strategy": "curriculum"}, {"nan": 1}, "how difficult each of the 1 rows of nan is"),
    ],
)
def test_what_cannot_be_drawn_is_told(sampling: dict[str, Any], rows: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Mixture(Sampling(**sampling), rows, 0, {"short": [1, 2], "nan": [float("nan")]})
