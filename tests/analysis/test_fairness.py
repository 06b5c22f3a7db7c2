"""Groups and disparities: equal to fairlearn's on any data, and by hand where there is something to decide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from fairlearn import metrics as fairlearn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

from mtlbench.analysis.bias_transfer import bias_transfer_rows
from mtlbench.analysis.evidence import Design
from mtlbench.analysis.fairness import fairness_rows
from mtlbench.analysis.fairness_limits import fairness_limit_rows
from mtlbench.analysis.groups import GroupedTask, Measure
from mtlbench.analysis.lineage import Lineage, Training
from mtlbench.analysis.rates import MOST_LABELS, rates
from mtlbench.metrics import METRICS, MetricContext
from mtlbench.results.schema import FairnessRow
from tests.analysis.grouped import DESIGN, accuracy_of, by, compared, hit_rows, shares, task_of

FEW = Design(seed=1, confidence=0.95, resamples=100, permutations=99)
LABELS = ("no", "yes")
METRICS_OF = {
    "accuracy": accuracy_score,
    "f1": f1_score,
    "f1_macro": lambda gold, made: f1_score(gold, made, average="macro", labels=[0, 1], zero_division=0),
    "mcc": matthews_corrcoef,
}


def of(
    rows: list[FairnessRow], disparity: str | None, metric: str | None = None, group: str | None = None
) -> FairnessRow:
    """The one row of a disparity, or of a group."""
    found = [
        row
        for row in rows
        if row.disparity == disparity and metric in (None, row.metric) and group in (None, row.group)
    ]
    assert len(found) == 1, [(row.disparity, row.metric, row.group) for row in found]
    return found[0]


@st.composite
def answered(draw: st.DrawFn) -> tuple[list[int], list[int], list[str]]:
    """(gold, predicted, group) of two to four groups, in each of which both labels are gold 30 times or more."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    sizes = draw(st.lists(st.integers(30, 60), min_size=2, max_size=4))
    group = np.repeat([f"g{number}" for number in range(len(sizes))], [2 * size for size in sizes])
    gold = np.tile([0, 1], sum(sizes))
    flips = chance.random(len(gold)) < np.repeat(chance.random(len(sizes)), [2 * size for size in sizes])
    order = chance.permutation(len(gold))
    return gold[order].tolist(), np.where(flips, 1 - gold, gold)[order].tolist(), group[order].tolist()


def classification(gold: Sequence[int], made: Sequence[int], groups: Sequence[str]) -> GroupedTask:
    measures = []
    for name in METRICS_OF:
        metric = METRICS.get(name)(name, MetricContext(LABELS))
        measures.append(Measure(metric, {"m": metric.statistics(list(made), list(gold))}))
    answers = np.array(gold), {"m": np.array(made)}
    return GroupedTask("task", "data", [by("group", groups)], measures, rates(*answers, LABELS, None))


@settings(max_examples=15, deadline=None)
@given(answered())
def test_equal_to_fairlearn(data: tuple[list[int], list[int], list[str]]) -> None:
    gold, made, groups = data
    rows = fairness_rows([classification(*data)], FEW, 0.05)
    frame = fairlearn.MetricFrame(metrics=METRICS_OF, y_true=gold, y_pred=made, sensitive_features=groups)
    for metric in METRICS_OF:
        for group, value in frame.by_group[metric].items():
            assert of(rows, None, metric, group).value == pytest.approx(100 * value, abs=1e-9)
        assert of(rows, "difference", metric).value == pytest.approx(100 * frame.difference()[metric], abs=1e-9)
    assert (
        of(rows, "ratio").value == pytest.approx(frame.ratio()["accuracy"], nan_ok=True)
        or frame.group_max()["accuracy"] == 0
    )
    assert of(rows, "worst_group").value == pytest.approx(100 * frame.group_min()["accuracy"])
    to_overall = frame.difference(method="to_overall")["accuracy"]
    assert of(rows, "to_overall").value == pytest.approx(100 * to_overall, abs=1e-9)
    for name in (
        "demographic_parity_difference",
        "demographic_parity_ratio",
        "equal_opportunity_difference",
        "equalized_odds_difference",
    ):
        expected = getattr(fairlearn, name)(gold, made, sensitive_features=groups)
        value = of(rows, name).value
        if value is None:  # a ratio of nothing to nothing
            assert name.endswith("ratio")
            assert np.isnan(expected)
            continue
        assert value == pytest.approx(expected if name.endswith("ratio") else 100 * expected, abs=1e-9)


def test_one_label_against_the_rest() -> None:
    chance = np.random.default_rng(0)
    gold, made = chance.integers(3, size=(2, 600))
    groups = np.where(chance.random(600) < 0.5, "a", "b")
    found = rates(gold, {"m": made}, ("x", "y", "z"), None)
    task = GroupedTask("task", "data", [by("group", groups)], [accuracy_of({"m": gold == made})], found)
    rows = fairness_rows([task], FEW, 0.05)
    for number, label in enumerate("xyz"):
        expected = fairlearn.equalized_odds_difference(gold == number, made == number, sensitive_features=groups)
        row = of(rows, "equalized_odds_difference", f"equalized_odds[{label}]")
        assert row.value == pytest.approx(100 * expected)


def test_labels_too_many_to_tell_of() -> None:
    labels = [str(number) for number in range(MOST_LABELS + 1)]
    assert rates(np.zeros(5, int), {"m": np.zeros(5, int)}, labels, None) == []
    assert len(rates(np.zeros(5, int), {"m": np.zeros(5, int)}, labels, "3")) == 1


def test_a_gap_and_its_words() -> None:
    names, hits = shares(("female", 150, 300), ("male", 240, 300))
    rows = fairness_rows([task_of({"m": hits}, by("gender", names))], DESIGN, 0.05)
    row = of(rows, "difference")
    assert (row.group, row.other, row.value, row.n, row.verdict) == ("female", "male", 30.0, 600, "disparity")
    assert row.p_value < 1e-10
    # 30 ± 1.96·√(.5·.5/300 + .8·.2/300) points
    assert (row.ci_low, row.ci_high) == pytest.approx((22.8, 37.2), abs=0.6)
    assert row.chance == pytest.approx(100 * (2 / np.pi) ** 0.5 * (0.65 * 0.35 * 2 / 300) ** 0.5, rel=0.06)
    assert row.finding == "for gender “female”, accuracy is 23 to 37 points lower than for “male”"
    assert of(rows, "ratio").value == pytest.approx(0.625)
    assert of(rows, "worst_group").value == 50.0
    assert of(rows, None, group="male").ci_low == pytest.approx(75.1, abs=0.1)  # Wilson's


def test_no_gap_and_its_words() -> None:
    names, hits = shares(("a", 240, 300), ("b", 243, 300))
    row = of(fairness_rows([task_of({"m": hits}, by("dialect", names))], DESIGN, 0.05), "difference")
    assert (row.verdict, row.ci_low) == ("no evidence", 0.0)
    assert row.ci_high == pytest.approx(1 + 1.96 * 3.24, abs=0.4)
    assert (
        row.finding
        == f"no evidence of a gap in accuracy between groups of dialect; any is at most {row.ci_high:.1f} points"
    )


def test_less_can_be_better() -> None:
    names, misses = shares(("a", 30, 300), ("b", 150, 300))
    metric = METRICS.get("invalid_rate")("invalid_rate", MetricContext(LABELS))
    assert not metric.higher_is_better
    task = GroupedTask("t", "data", [by("group", names)], [Measure(metric, {"m": hit_rows(misses)})])
    row = of(fairness_rows([task], DESIGN, 0.05), "difference")
    assert (row.group, row.other, row.value) == ("b", "a", 40.0)
    assert "for group “b”, invalid_rate is" in row.finding
    assert "higher than for “a”" in row.finding


def test_small_groups_are_listed_and_not_compared() -> None:
    names, hits = shares(("a", 80, 100), ("b", 78, 100), ("c", 0, 29))
    rows = fairness_rows([task_of({"m": hits}, by("group", names))], DESIGN, 0.05)
    assert {row.group: row.sufficient for row in rows if row.disparity is None} == {"a": True, "b": True, "c": False}
    assert of(rows, None, group="c").value == 0.0
    assert (of(rows, "difference").value, of(rows, "difference").n) == (pytest.approx(2.0), 200)


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ([("a", 80, 100), ("b", 20, 29)], "fewer than two groups have 30 rows"),
        ([("a", 80, 100)], "all rows are of one group, “a”"),
    ],
)
def test_nothing_to_compare(groups: list[tuple[str, int, int]], reason: str) -> None:
    names, hits = shares(*groups)
    rows = fairness_rows([task_of({"m": hits}, by("group", names))], DESIGN, 0.05)
    row = of(rows, "difference")
    assert (row.value, row.verdict, row.reason) == (None, "not compared", reason)
    assert len([row for row in rows if row.disparity is None]) == len(groups)


def test_a_group_that_nobody_missed_still_has_an_error() -> None:
    names, hits = shares(("a", 60, 60), ("b", 60, 60))
    row = of(fairness_rows([task_of({"m": hits}, by("group", names))], DESIGN, 0.05), "difference")
    assert (row.value, row.p_value, row.group) == (0.0, 1.0, None)
    assert row.ci_high > 3


def test_missing_values_are_a_group() -> None:
    names, hits = shares(("a", 40, 50), ("", 10, 50))
    attribute = by("group", [name or None for name in names])
    rows = fairness_rows([task_of({"m": hits}, attribute)], DESIGN, 0.05)
    assert [row.group for row in rows if row.disparity is None] == ["a", "missing"]
    assert of(rows, "difference").group == "missing"


def test_very_many_groups_are_one_line() -> None:
    names = [f"u{number}" for number in range(10_000)] + ["large"] * 40 + ["larger"] * 50
    attribute = by("user", names)
    assert attribute.groups == ("large", "larger", "10,000 smaller groups")
    rows = fairness_rows([task_of({"m": [1] * 10_070 + [0] * 20}, attribute)], DESIGN, 0.05)
    assert of(rows, "difference").n == 90
    assert of(rows, None, group="10,000 smaller groups").sufficient is False


def test_simpsons_paradox() -> None:
    """Within either topic both groups score alike; “b” answers the hard one more often."""
    easy, hard = shares(("a", 180, 200), ("b", 45, 50)), shares(("a", 25, 50), ("b", 100, 200))
    names, hits = easy[0] + hard[0], easy[1] + hard[1]
    gender, topic = by("gender", names), by("topic", ["easy"] * 250 + ["hard"] * 250)
    crude = of(fairness_rows([task_of({"m": hits}, gender)], DESIGN, 0.05), "difference")
    held = of(fairness_rows([task_of({"m": hits}, gender, within=topic)], DESIGN, 0.05), "difference")
    assert (crude.value, crude.verdict) == (pytest.approx(24.0), "disparity")  # 82 and 58
    assert (held.value, held.verdict, held.within) == (pytest.approx(0.0), "no evidence", "topic")


def test_strata_without_all_groups_are_left_out() -> None:
    easy, hard = shares(("a", 90, 100), ("b", 60, 100)), shares(("a", 10, 100), ("b", 9, 9))
    task = task_of(
        {"m": easy[1] + hard[1]},
        by("gender", easy[0] + hard[0]),
        within=by("topic", ["easy"] * 200 + ["hard"] * 109),
    )
    row = of(fairness_rows([task], DESIGN, 0.05), "difference")
    assert (row.value, row.n) == (pytest.approx(30.0), 200)


def test_clusters_are_what_is_counted() -> None:
    """Twelve clusters of 20 equal rows each: the rows alone would be sure of a gap that 6 against 6 clusters are not."""
    hits = np.repeat([1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0] * 2, 20)
    names = np.repeat((["a"] * 6 + ["b"] * 6) * 2, 20)
    clusters = np.repeat(np.arange(24), 20)
    alone = compared(task_of({"m": hits}, by("group", names)))["m"]
    together = compared(task_of({"m": hits}, by("group", names), clusters=clusters))["m"]
    assert alone.p_value < 0.001
    assert 0.05 < together.p_value < 0.5
    few = compared(task_of({"m": hits}, by("group", names), clusters=clusters // 3))["m"]
    assert few == "fewer than two groups have 30 rows of 10 clusters"


def test_pairs_of_rows_are_compared_within() -> None:
    """Each cluster holds a row of either group, and hard clusters are hard for both: what is left is a sure difference."""
    chance = np.random.default_rng(0)
    hard = chance.random(200) < 0.5
    first = (~hard).astype(int)
    second = np.where(chance.random(200) < 0.08, 0, first)
    task = task_of({"m": [*first, *second]}, by("group", ["a"] * 200 + ["b"] * 200))
    paired = GroupedTask("task", "data", task.attributes, task.measures, clusters=np.tile(np.arange(200), 2))
    assert compared(task)["m"].p_value > 0.2
    assert compared(paired)["m"].p_value < 0.01


def test_holm_is_over_attributes_and_tasks() -> None:
    names, hits = shares(("a", 200, 300), ("b", 225, 300))
    one = task_of({"m": hits}, by("first", names))
    alone = of(fairness_rows([one], DESIGN, 0.05), "difference")
    assert alone.p_adjusted == alone.p_value < 0.05
    flat = by("second", ["x", "y"] * 300)
    rows = fairness_rows([task_of({"m": hits}, by("first", names), flat), one], DESIGN, 0.05)
    tested = [row for row in rows if row.disparity == "difference"]
    assert len(tested) == 3
    assert tested[0].p_adjusted == pytest.approx(3 * alone.p_value)
    assert tested[0].verdict == "no evidence"


@pytest.mark.parametrize(("share", "n", "flagged"), [(24, 40, False), (240, 400, True)])
def test_four_fifths_need_a_test(share: int, n: int, flagged: bool) -> None:
    """Selection rates of 60 and 77.5 per cent, a ratio of .77: a finding of 400 rows each, and none of 40."""
    names, selected = shares(("a", share, n), ("b", round(share * 1.29167), n))
    gold = np.tile([0, 1], n)
    found = rates(gold, {"m": np.array(selected)}, LABELS, None)
    task = GroupedTask("task", "data", [by("group", names)], [accuracy_of({"m": gold == selected})], found)
    row = of(fairness_rows([task], DESIGN, 0.05), "demographic_parity_ratio")
    assert row.value == pytest.approx(0.774, abs=0.001)
    assert (row.verdict == "disparity") == flagged


def lineage() -> Lineage:
    return Lineage({"multi": Training({"task": 1.0, "other": 1.0}), "single": Training({"task": 1.0})})


@pytest.mark.parametrize(
    ("multi", "verdict", "value"),
    [((150, 240), "widened", 28.0), ((240, 246), "no evidence", 0.0), ((241, 244), "no evidence", -1.0)],
)
def test_whether_joint_training_spreads_bias(multi: tuple[int, int], verdict: str, value: float) -> None:
    """The baseline scores 80 for women and 82 for men."""
    names, single = shares(("female", 240, 300), ("male", 246, 300))
    _, joint = shares(("female", multi[0], 300), ("male", multi[1], 300))
    (row,) = bias_transfer_rows(
        lineage(), [task_of({"multi": joint, "single": single}, by("gender", names))], DESIGN, 0.05
    )
    assert (row.group, row.other) == ("female", "male")
    assert (row.baseline_gap, row.value) == (pytest.approx(2.0), pytest.approx(value, abs=1e-9))
    if value:
        assert row.verdict == verdict
        assert row.ci_low <= value <= row.ci_high
    else:  # the same answers: nothing by which to tell
        assert row.reason == "no row by itself changes a group's score, so its error is not known"
    if verdict == "widened":
        assert row.finding.startswith("the gap of gender “female” to “male” is ")
        assert row.finding.endswith(" points wider than single’s")


def test_a_gap_that_joint_training_closed() -> None:
    names, single = shares(("a", 150, 300), ("b", 240, 300))
    _, joint = shares(("a", 240, 300), ("b", 240, 300))
    task = task_of({"multi": joint, "single": single}, by("group", names))
    (row,) = bias_transfer_rows(lineage(), [task], DESIGN, 0.05)
    assert (row.verdict, row.value) == ("narrowed", pytest.approx(-30.0))
    assert "narrower than single’s" in row.finding


@pytest.mark.parametrize(
    ("groups", "limit", "verdict"),
    [
        ([("a", 600, 1000), ("b", 800, 1000)], 5.0, "violated"),
        ([("a", 600, 1000), ("b", 800, 1000)], 20.0, "not certain"),
        ([("a", 795, 1000), ("b", 800, 1000)], 5.0, "kept"),
        ([("a", 0, 99), ("b", 800, 1000)], 5.0, "not enough rows"),
    ],
)
def test_limits(groups: list[tuple[str, int, int]], limit: float, verdict: str) -> None:
    names, hits = shares(*groups)
    (row,) = fairness_limit_rows([task_of({"m": hits}, by("group", names), max_gap=limit)], DESIGN, 0.05)
    assert row.verdict == verdict
    assert (row.reason is None) == (verdict != "not enough rows")
    assert row.finding


def test_no_limit_no_rows() -> None:
    names, hits = shares(("a", 60, 100), ("b", 80, 100))
    assert fairness_limit_rows([task_of({"m": hits}, by("group", names))], DESIGN, 0.05) == []
