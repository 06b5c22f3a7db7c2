"""Confusions and flips, from cases checked by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from mtlbench.analysis.answers import Answers, Labelled
from mtlbench.analysis.errors import KEPT_CELLS, confusion_rows, cut_confusions, flip_rows
from mtlbench.analysis.evidence import gather
from mtlbench.analysis.lineage import Lineage, Training
from mtlbench.metrics import METRICS, MetricContext
from mtlbench.results.schema import FlipRow, OverallRow
from tests.analysis.evidence import DESIGN

LINEAGE = Lineage({"multi": Training({"one": 1, "two": 1}), "single": Training({"one": 1}), "other": Training()})


def labelled(
    references: Sequence[int],
    predictions: dict[str, list[int]],
    labels: Sequence[str] = ("no", "yes"),
    clusters: list[int] | None = None,
    headline: str = "accuracy",
) -> Answers:
    metric = METRICS.get(headline)(headline, MetricContext(tuple(labels)))
    rows = {(model, headline): metric.statistics(made, list(references)) for model, made in predictions.items()}
    codes = None if clusters is None else np.array(clusters)
    task = gather("one", "rows", len(references), 1.0, (None, None), (metric,), rows, DESIGN, codes)
    arrays = {model: np.array(made) for model, made in predictions.items()}
    ids = [f"r{number}" for number in range(len(references))]
    mine = {model: each for (model, _), each in rows.items()}
    return Answers(task, ids, {}, mine, Labelled(labels, np.array(references), arrays))


def scored(headline: str, values: dict[str, list[float]]) -> Answers:
    """A task without labels whose examples have these statistics."""
    metric = METRICS.get(headline)(headline, MetricContext())
    rows = {(model, headline): np.column_stack([each, np.ones(len(each))]) for model, each in values.items()}
    n = len(next(iter(values.values())))
    task = gather("one", "rows", n, 1.0, (None, None), (metric,), rows, DESIGN)
    return Answers(task, [f"r{n}" for n in range(n)], {}, {model: each for (model, _), each in rows.items()})


def ranked(*models: str) -> list[OverallRow]:
    rows = [OverallRow(model=each, value=1, ci_low=None, ci_high=None, rank=place, rank_low=1, rank_high=1, group=1,
                       coverage=1, reason=None) for place, each in enumerate(models, 1)]  # fmt: skip
    return [*rows, rows[0].model_copy(update={"model": "unranked", "rank": None})] if rows else []


def the_flips(answers: Answers) -> FlipRow:
    (row,) = flip_rows([answers], LINEAGE, [])
    return row


def test_confusions() -> None:
    answers = labelled([0, 0, 0, 0, 1, 1], {"multi": [0, 0, 0, 1, 1, -1]})
    cells = [(row.reference, row.prediction, row.count, row.share) for row in confusion_rows([answers])]
    assert cells == [("no", "no", 3, 75), ("no", "yes", 1, 25), ("yes", "yes", 1, 50), ("yes", None, 1, 50)]
    assert cut_confusions([answers]) == []
    assert confusion_rows([scored("exact_match", {"multi": [1.0, 0.0]})]) == []


def test_many_labels_are_cut_and_told() -> None:
    """Of 40 labels each is mistaken for every one from 1 to 10, more often for the first."""
    references = np.repeat(np.arange(40), 55)
    predictions = np.tile(np.repeat(np.arange(10), np.arange(10, 0, -1)), 40)
    answers = labelled(references.tolist(), {"multi": predictions.tolist()}, [f"l{n}" for n in range(40)])
    rows = confusion_rows([answers])
    assert len(rows) == KEPT_CELLS
    assert all(row.reference != row.prediction for row in rows)
    assert min(row.count for row in rows) == 8
    (warning,) = cut_confusions([answers])
    assert (warning.where, warning.message) == (
        "one",
        "of more than 200 kinds of confusion only the 100 most frequent errors are listed",
    )


def test_flips() -> None:
    """Both right 3, lost 4, won 1, both wrong 2; predictions agree on 4 of 10 (one pair of wrong answers differs)."""
    references = [0] * 10
    answers = labelled(references, {"multi": [0, 0, 0, 1, 1, 1, 1, 0, 1, -1], "single": [0, 0, 0, 0, 0, 0, 0, 1, 1, 1]})
    row = the_flips(answers)
    assert (row.model, row.baseline, row.metric, row.test) == ("multi", "single", "accuracy", "McNemar, exact")
    assert (row.lost_count, row.won_count, row.both_right, row.both_wrong) == (4, 1, 3, 2)
    assert row.p_value == pytest.approx(2 * (1 + 5) / 32)
    assert row.agreement == pytest.approx(40)
    # Shares of (no label, no, yes): .1 .4 .5 and 0 .7 .3, so chance agrees on .43.
    assert row.kappa == pytest.approx((0.40 - 0.43) / 0.57)
    assert row.oracle == 80
    assert row.complementarity == pytest.approx(100 * 4 / 6)
    assert (row.lost, row.won) == (["r3", "r4", "r5", "r6"], ["r7"])


@pytest.mark.parametrize(
    ("predictions", "kappa", "complementarity"),
    [
        ({"multi": [0] * 6, "single": [0] * 6}, None, None),  # one answer throughout; no error to mend
        ({"multi": [0, 1] * 3, "single": [0, 1] * 3}, 1, 0),
        ({"multi": [0, 1] * 3, "single": [1, 0] * 3}, -1, 100),
    ],
)
def test_agreement_at_its_ends(
    predictions: dict[str, list[int]], kappa: float | None, complementarity: float | None
) -> None:
    row = the_flips(labelled([0] * 6, predictions))
    assert (row.kappa, row.complementarity) == (kappa, complementarity)


def test_flips_of_labels_go_by_hits_whatever_the_headline() -> None:
    row = the_flips(labelled([0, 1] * 5, {"multi": [0, 1] * 5, "single": [0] * 10}, headline="mcc"))
    assert (row.metric, row.won_count, row.both_right) == ("accuracy", 5, 5)


def test_values_between_right_and_wrong() -> None:
    row = the_flips(scored("squad_f1", {"multi": [1.0, 0.5, 0.2, 0.0], "single": [0.5, 0.5, 0.4, 1.0]}))
    assert (row.metric, row.test, row.won_count, row.lost_count, row.both_right) == (
        "squad_f1", "sign test, exact", 1, 2, None,
    )  # fmt: skip
    assert row.oracle == pytest.approx(100 * 2.9 / 4)
    assert row.lost == ["r3", "r2"]
    assert (row.agreement, row.kappa, row.complementarity) == (None, None, None)


def test_scores_of_no_examples() -> None:
    row = the_flips(scored("mae", {"multi": [1.0, 2.0], "single": [2.0, 1.0]}))
    assert (row.lost_count, row.reason) == (
        None, "mae is no mean over examples, the more the better: none of them is won or lost",
    )  # fmt: skip


def test_clusters_have_no_p_value() -> None:
    row = the_flips(labelled([0] * 6, {"multi": [0] * 6, "single": [1] * 6}, clusters=[0, 0, 0, 1, 1, 1]))
    assert (row.won_count, row.p_value, row.test) == (6, None, None)
    assert row.reason == "no p-value: rows of one cluster are not independent; see the comparisons"


def test_at_most_twenty_ids() -> None:
    row = the_flips(labelled([0] * 50, {"multi": [1] * 50, "single": [0] * 50}))
    assert (row.lost_count, row.lost, row.won) == (50, [f"r{n}" for n in range(20)], [])


def test_pairs() -> None:
    """The multi-task model with its baseline, and neighbours in the ranking, the first five; each pair once."""
    models = ["multi", "single", "other", *(f"m{n}" for n in range(4)), "unranked"]
    answers = labelled([0, 1], {model: [0, 1] for model in models})
    rows = flip_rows([answers], LINEAGE, ranked("multi", "single", "other", "m0", "m1", "m2"))
    assert [(row.model, row.baseline) for row in rows] == [
        ("multi", "single"), ("single", "other"), ("other", "m0"), ("m0", "m1"),
    ]  # fmt: skip
    alone = labelled([0, 1], {"multi": [0, 1]})
    assert flip_rows([alone], LINEAGE, []) == []
