"""Transfer rows, their adjusted p-values and verdicts, and the share of negative transfer, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mtlbench.analysis.comparisons import baseline_comparisons
from mtlbench.analysis.delta_m import relative_gain
from mtlbench.analysis.differences import Contrast, differences, normal_p, relative_change, verdict
from mtlbench.analysis.evidence import TaskEvidence
from mtlbench.analysis.lineage import Lineage, Training
from mtlbench.analysis.transfer import loss_gain, transfer_rows, transfer_summaries
from mtlbench.results.schema import TransferRow
from mtlbench.stats.intervals import Interval
from tests.analysis.evidence import DESIGN, accuracy_task, errors_task, hits

ABC = {"a": 1.0, "b": 1.0, "c": 1.0}
SINGLES = {f"single-{task}": Training({task: 1.0}) for task in ABC}
LINEAGE = Lineage({"multi": Training(ABC), **SINGLES})


def board(multi: dict[str, int], single: dict[str, int]) -> list[TaskEvidence]:
    """Tasks of 100 examples, with how many the multi-task and the single-task model get right."""
    return [
        accuracy_task(task, {"multi": hits(right, 100), f"single-{task}": hits(single[task], 100)}, 1 / len(multi))
        for task, right in multi.items()
    ]


def transfer(tasks: list[TaskEvidence], lineage: Lineage = LINEAGE) -> list[TransferRow]:
    return transfer_rows(baseline_comparisons(lineage, tasks, "none", DESIGN), tasks, lineage, DESIGN)


def test_what_training_together_did() -> None:
    rows = transfer(board({"a": 90, "b": 70, "c": 50}, {"a": 60, "b": 70, "c": 80}))
    assert [(row.target, row.delta, row.relative, row.verdict) for row in rows] == [
        ("a", pytest.approx(30), pytest.approx(50), "positive"),
        ("b", pytest.approx(0), pytest.approx(0), "not separable"),
        ("c", pytest.approx(-30), pytest.approx(-37.5), "negative"),
    ]
    assert rows[0].p_value == pytest.approx(2**-29), "30 discordant pairs, all one way"
    assert rows[0].p_adjusted == pytest.approx(2**-29 * 3 / 2), "the smaller two of three are equal"
    assert rows[1].p_adjusted == 1


def test_all_models_are_one_family() -> None:
    models = {"multi": Training(ABC), "other": Training(ABC), **SINGLES}
    predictions = {"multi": hits(90, 100), "other": hits(60, 100), "single-a": hits(60, 100)}
    rows = transfer([accuracy_task("a", predictions, 1.0)], Lineage(models))
    assert [(row.source, row.p_adjusted) for row in rows] == [("multi", pytest.approx(2**-28)), ("other", 1)]


def test_a_task_that_it_was_not_trained_on_is_no_transfer() -> None:
    tasks = board({"a": 90, "b": 70}, {"a": 60, "b": 70})
    lineage = Lineage({"multi": Training({"a": 1.0, "elsewhere": 1.0}), **SINGLES})
    assert [row.target for row in transfer(tasks, lineage)] == ["a"]


def test_relative_transfer_from_nothing_is_null() -> None:
    (row,) = transfer(board({"a": 90}, {"a": 0}))
    assert (row.delta, row.relative) == (pytest.approx(90), None)
    assert row.reason == "the baseline's score is not above 0, so there is no relative change"
    assert row.verdict == "positive"


def test_fewer_errors_are_positive() -> None:
    (row,) = transfer([errors_task("a", {"multi": [1.0, 1.5] * 50, "single-a": [2.0, 2.5] * 50})])
    assert (row.delta, row.relative) == (pytest.approx(-1), pytest.approx(-100 / 2.25))
    assert row.loss_gain == pytest.approx(100 * (2.25 / 1.25 - 1))
    assert row.verdict == "positive"


def test_a_missing_score_is_null_with_its_reason() -> None:
    tasks = [accuracy_task("a", {"multi": hits(9, 10)}, 1.0)]
    (row,) = transfer(tasks)
    assert (row.delta, row.verdict, row.reason) == (None, None, "single-a has no predictions for a")


def test_negative_transfer_counts_where_the_test_says_so() -> None:
    tasks = board({"a": 90, "b": 69, "c": 50}, {"a": 60, "b": 70, "c": 80})
    (row,) = transfer_summaries(transfer(tasks), tasks, LINEAGE)
    assert (row.tasks, row.positive, row.negative, row.unclear, row.missing) == (3, 1, 1, 1, [])
    assert row.negative_share == pytest.approx(1 / 3), "b fell by one point, which says nothing"


def test_missing_baselines_are_listed_and_not_counted() -> None:
    tasks = board({"a": 50, "b": 70, "c": 50}, {"a": 80, "b": 70, "c": 80})
    lineage = Lineage({name: training for name, training in LINEAGE.models.items() if name != "single-c"})
    (row,) = transfer_summaries(transfer(tasks, lineage), tasks, lineage)
    assert (row.tasks, row.negative, row.missing, row.negative_share) == (3, 1, ["c"], 0.5)
    assert row.reason == "no difference from a single-task baseline on c"
    alone = Lineage({"multi": Training(ABC)})
    (row,) = transfer_summaries(transfer(tasks, alone), tasks, alone)
    assert (row.missing, row.negative_share) == (["a", "b", "c"], None)


@pytest.mark.parametrize(
    ("delta", "ends", "p", "higher", "word"),
    [
        (2.0, (1.0, 3.0), 0.01, True, "positive"),
        (2.0, (1.0, 3.0), 0.01, False, "negative"),
        (-2.0, (-3.0, -1.0), 0.01, False, "positive"),
        (2.0, (1.0, 3.0), 0.05, True, "positive"),
        (2.0, (1.0, 3.0), 0.0501, True, "not separable"),
        (2.0, (0.0, 4.0), 0.01, True, "not separable"),
        (2.0, (None, None), 0.01, True, "not separable"),
        (2.0, (1.0, 3.0), None, True, "not separable"),
        (None, (None, None), None, True, None),
    ],
)
def test_verdicts(
    delta: float | None, ends: tuple[float | None, float | None], p: float | None, higher: bool, word: str | None
) -> None:
    assert verdict(delta, ends, p, higher, DESIGN) == word


def test_contrasts_are_adjusted_together() -> None:
    made = [Contrast(3.0, 50.0, Interval(1, 5, "t"), p) for p in (0.01, 0.03)] + [Contrast(reason="no predictions")]
    rows = differences(made, DESIGN)
    assert [row.p_adjusted for row in rows] == [pytest.approx(0.02), pytest.approx(0.03), None]
    assert [row.verdict for row in rows] == ["positive", "positive", None]
    assert rows[2].reason == "no predictions"


@pytest.mark.parametrize(("delta", "base", "change"), [(1.0, 50.0, 2.0), (1.0, 0.0, None), (1.0, -0.2, None)])
def test_relative_change(delta: float, base: float, change: float | None) -> None:
    assert relative_change(delta, base) == change


def test_loss_gain_of_taskgrouping() -> None:
    """`results_large_test.txt`: surface normals with edges, which Δm would call 41.7%."""
    assert 100 * loss_gain(0.02023, 0.01179) == pytest.approx(71.59, abs=0.005)
    gain = relative_gain(np.array(0.01179), np.array(0.02023), higher=False)
    assert 100 * gain == pytest.approx(41.7, abs=0.05)


def test_normal_p() -> None:
    drawn = np.array([-1.0, 1.0] * 500)
    assert normal_p(1.96 * drawn.std(ddof=1), drawn) == pytest.approx(0.05, abs=1e-4)
    assert normal_p(0.0, np.zeros(9)) == 1
    assert normal_p(2.0, np.full(9, 2.0)) is None, "no error to go by"


def test_normal_p_keeps_its_level() -> None:
    """Of means of 200 skewed differences without an effect, 5% are below 0.05."""
    rng = np.random.default_rng(3)
    weights = rng.multinomial(200, np.full(200, 1 / 200), size=300) / 200
    values = rng.exponential(size=(2000, 200)) - 1
    rejected = np.mean([(normal_p(row.mean(), weights @ row) or 0) <= 0.05 for row in values])
    assert 0.035 < rejected < 0.07
