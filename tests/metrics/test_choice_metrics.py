"""Metrics of choice scores against scikit-learn: accuracy, Brier, log loss, calibration error, AUROC and AP."""

import math

import numpy as np
import pytest
import scipy.special
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

TWO, THREE = ("no", "yes"), ("a", "b", "c")
RNG = np.random.default_rng(5)

# Few distinct values, so that there are ties.
few = st.integers(-4, 0).map(float)


def rows_of(labels, scores=few):
    row = st.tuples(st.lists(scores, min_size=labels, max_size=labels), st.integers(0, labels - 1))
    return st.lists(row, min_size=1, max_size=25)


def split(rows):
    scores, gold = map(list, zip(*rows, strict=True))
    return scores, gold, scipy.special.softmax(np.array(scores), axis=1)


def naive_ece(probabilities, gold, bins):
    total = 0.0
    for m in range(bins):
        rows = [(p, g) for p, g in zip(probabilities, gold, strict=True) if m / bins < p.max() <= (m + 1) / bins]
        if rows:
            confidence = np.mean([p.max() for p, _ in rows])
            total += len(rows) / len(gold) * abs(confidence - np.mean([p.argmax() == g for p, g in rows]))
    return total


@settings(deadline=None, max_examples=100)
@given(st.integers(2, 3).flatmap(lambda labels: rows_of(labels, st.floats(-60, 0))))
def test_probabilities_equal_scikit_learn(score, rows):
    scores, gold, probabilities = split(rows)
    labels = list(range(probabilities.shape[1]))
    expected = {
        "choice_accuracy": 100 * np.mean(np.argmax(scores, axis=1) == gold),
        "brier": 50 * np.mean(np.sum((probabilities - np.eye(len(labels))[gold]) ** 2, axis=1)),
        "log_loss": reference.log_loss(gold, probabilities, labels=labels),
    }
    names = THREE[: len(labels)]
    assert {name: score(name, scores, gold, labels=names) for name in expected} == pytest.approx(expected, abs=1e-9)
    if len(labels) == 2:
        brier = reference.brier_score_loss(gold, probabilities[:, 1], pos_label=1)
        assert score("brier", scores, gold) == pytest.approx(100 * brier, abs=1e-9)


@pytest.mark.parametrize("bins", [1, 7, 15])
def test_ece_by_its_definition(score, bins):
    scores = RNG.normal(size=(300, 3)) * 2
    gold = [int(label) for label in RNG.integers(3, size=300)]
    expected = 100 * naive_ece(scipy.special.softmax(scores, axis=1), gold, bins)
    assert score("ece", scores.tolist(), gold, labels=THREE, bins=bins) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=150)
@given(rows_of(2))
def test_binary_ranking_equals_scikit_learn(score, rows):
    scores, gold, _ = split(rows)
    assume(sum(gold) > 0)
    odds = [positive - negative for negative, positive in scores]
    precision = 100 * reference.average_precision_score(gold, odds)
    assert score("average_precision", scores, gold, labels=TWO) == pytest.approx(precision, abs=1e-9)
    assume(sum(gold) < len(gold))
    area = 100 * reference.roc_auc_score(gold, odds)
    assert score("auroc", scores, gold, labels=TWO) == pytest.approx(area, abs=1e-9)
    # Of the other label, the roles are exchanged.
    assert score("auroc", scores, gold, labels=TWO, positive=0) == pytest.approx(area, abs=1e-9)


@pytest.mark.parametrize("decimals", [0, 1, 9])
def test_several_labels_equal_scikit_learn(score, decimals):
    scores = np.round(RNG.normal(size=(120, 3)), decimals)
    gold = [int(label) for label in RNG.integers(3, size=120)]
    # The last digit may part equal probabilities, so scikit-learn ranks rounded log-odds.
    odds = [np.round(scores[:, c] - scipy.special.logsumexp(np.delete(scores, c, axis=1), axis=1), 9) for c in range(3)]
    expected = np.mean([reference.roc_auc_score(np.array(gold) == c, odds[c]) for c in range(3)])
    assert score("auroc", scores.tolist(), gold, labels=THREE) == pytest.approx(100 * expected, abs=1e-9)
    probabilities = scipy.special.softmax(scores, axis=1)
    if decimals == 9:
        whole = reference.roc_auc_score(gold, probabilities, multi_class="ovr", average="macro")
        assert score("auroc", scores.tolist(), gold, labels=THREE) == pytest.approx(100 * whole, abs=1e-9)
    one = 100 * reference.average_precision_score(np.array(gold) == 2, odds[2])
    got = score("average_precision", scores.tolist(), gold, labels=THREE, positive=2)
    assert got == pytest.approx(one, abs=1e-9)


def test_certainty_does_not_tie(score):
    """Probabilities of 1 − 1e-40 and 1 − 1e-50 are the same number; their log-odds are not."""
    scores = [[-100.0, 0.0], [-120.0, 0.0], [-math.inf, 0.0], [0.0, -math.inf]]
    assert score("auroc", scores, [0, 1, 1, 0], labels=TWO) == 100


@pytest.mark.parametrize("name", ["auroc", "average_precision"])
@pytest.mark.parametrize("decimals", [0, 9])
def test_resamples_equal_scikit_learn_on_the_drawn_rows(make, name, decimals):
    scores = np.round(RNG.normal(size=(40, 2)), decimals)
    gold = np.arange(40) % 3 == 0
    metric = make(name, labels=TWO)
    drawn = RNG.integers(40, size=(30, 40))
    weights = np.stack([np.bincount(rows, minlength=40) for rows in drawn]).astype(float)
    value = reference.roc_auc_score if name == "auroc" else reference.average_precision_score
    expected = [100 * value(gold[rows], scores[rows, 1] - scores[rows, 0]) for rows in drawn]
    statistics = metric.statistics(scores.tolist(), gold.astype(int).tolist())
    assert metric.resample(weights, statistics) == pytest.approx(expected, abs=1e-9)
    # Scores on another scale rank the same.
    assert metric.resample(weights, metric.exchangeable(statistics)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "scores", "gold", "expected"),
    [
        ("choice_accuracy", [[-1.0, -2.0], [-5.0, -4.0, -3.0]], [0, 1], 50),  # rows of multiple choice differ in length
        ("choice_accuracy", [[-1.0, -1.0]], [0], 100),  # the first of equals
        ("brier", [[0.0, 0.0]], [0], 25),
        ("brier", [[0.0], [0.0, 0.0, 0.0, 0.0]], [0, 0], 18.75),
        ("log_loss", [[0.0, 0.0]], [1], math.log(2)),
        ("log_loss", [[0.0, -math.inf]], [1], 52 * math.log(2)),  # at most −ln 2⁻⁵²
        ("ece", [[0.0, 0.0], [0.0, 0.0]], [0, 1], 0),
        ("ece", [[0.0, -1000.0]], [1], 100),
    ],
)
def test_by_hand(score, name, scores, gold, expected):
    assert score(name, scores, gold) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "labels", "gold", "reason"),
    [
        ("auroc", TWO, [1, 1], "every example has the label “yes”"),
        ("auroc", TWO, [0, 0], "no example has the label “yes”"),
        ("auroc", THREE, [0, 1], "no example has the label “c”"),
        ("average_precision", TWO, [0, 0], "no example has the label “yes”"),
    ],
)
def test_undefined_with_a_reason(make, score, name, labels, gold, reason):
    scores = [[-1.0 * k for k in range(len(labels))]] * 2
    metric = make(name, labels=labels)
    assert math.isnan(score(name, scores, gold, labels=labels))
    assert metric.undefined(metric.statistics(scores, gold).sum(0)) == reason


@pytest.mark.parametrize("name", ["choice_accuracy", "brier", "log_loss", "ece", "auroc", "average_precision"])
@pytest.mark.parametrize(
    ("scores", "gold", "message"),
    [
        ([[-1.0, -2.0], [-1.0, math.nan]], [0, 1], "row 1: the prediction's score nan is no log-likelihood"),
        ([[-1.0, math.inf]], [0], "row 0: the prediction's score inf"),
        ([[-1.0, None]], [0], "row 0: the prediction's score None"),
        ([[-1.0, "3"]], [0], "row 0: the prediction's score '3'"),
        ([[-1.0]], [0], "row 0: the prediction must be a list of 2 scores"),
        ([None], [0], "row 0: the prediction must be a list of scores"),
        ([[-math.inf, -math.inf]], [0], "row 0: the prediction gives all choices"),
        ([[-1.0, -2.0]], [2], "row 0: the reference 2 is the index of no label"),
        ([[-1.0, -2.0]], [-1], "row 0: the reference -1 is the index of no label"),
    ],
)
def test_bad_rows_are_named(make, name, scores, gold, message):
    with pytest.raises(ValueError, match=message):
        make(name, labels=TWO).statistics(scores, gold)


@pytest.mark.parametrize(
    ("name", "how", "message"),
    [
        ("ece", {"bins": 0}, "bins must be a whole number of at least 1"),
        ("ece", {"bins": 10**9}, "bins must be at most 1000"),
        ("auroc", {"labels": ("a",)}, "two or more labels"),
        ("average_precision", {"labels": THREE}, "average_precision needs a positive label"),
    ],
)
def test_bad_settings(make, name, how, message):
    with pytest.raises(ValueError, match=message):
        make(name, **how)


def test_a_choice_that_is_not_there(make):
    with pytest.raises(ValueError, match="row 0: the reference 2 is the index of none of 2 choices"):
        make("choice_accuracy").statistics([[-1.0, -2.0]], [2])
