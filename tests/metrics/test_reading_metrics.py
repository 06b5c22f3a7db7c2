"""MultiRC's and ReCoRD's metrics, and those of language modelling."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

verdicts = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=5)


@settings(deadline=None)
@given(st.lists(verdicts, min_size=1, max_size=6))
def test_multirc_equals_scikit_learn(score, questions):
    predictions = [[p for p, _ in question] for question in questions]
    references = [[g for _, g in question] for question in questions]
    flat, gold = zip(*(pair for question in questions for pair in question), strict=True)
    expected = 100 * reference.f1_score(gold, flat, zero_division=0)
    assert score("multirc_f1a", predictions, references) == pytest.approx(expected, abs=1e-9)
    right = sum(p == g for p, g in zip(predictions, references, strict=True))
    assert score("multirc_em", predictions, references) == pytest.approx(100 * right / len(questions), abs=1e-9)


@pytest.mark.parametrize(
    ("predicted", "gold", "f1a", "em"),
    [
        ([True, False], [True, False], 100, 100),
        ([True, True], [True, False], 200 / 3, 0),
        ([None, True], [True, True], 200 / 3, 0),  # an invalid output is a miss
        ([True, None], [True, False], 100, 0),  # and no false alarm, but not right
        ([False], [False], 0, 100),
    ],
)
def test_multirc_by_hand(score, predicted, gold, f1a, em):
    assert score("multirc_f1a", [predicted], [gold]) == pytest.approx(f1a)
    assert score("multirc_em", [predicted], [gold]) == pytest.approx(em)


@pytest.mark.parametrize("name", ["multirc_f1a", "multirc_em"])
@pytest.mark.parametrize(
    ("predicted", "gold", "message"),
    [
        (None, [True], "row 0: the prediction must be a list of true, false or null, not None"),
        ([1], [True], "row 0: the prediction must be"),
        ([True], [None], "row 0: the reference must be a list of one or more true or false"),
        ([], [], "row 0: the reference must be a list of one or more"),
        ([True], [True, False], "row 0: 1 predictions for 2 answers"),
    ],
)
def test_bad_answers_are_named(make, name, predicted, gold, message):
    with pytest.raises(ValueError, match=message):
        make(name).statistics([predicted], [gold])


@pytest.mark.parametrize(
    ("prediction", "answers", "em", "f1"),
    [
        ("the Atlantic Ocean.", ["Pacific", "Atlantic Ocean"], 100, 100),
        ("Ocean", ["Atlantic Ocean"], 0, 200 / 3),
        ("London", ["Paris"], 0, 0),
    ],
)
def test_record_by_hand(score, prediction, answers, em, f1):
    assert score("record_em", [prediction], [answers]) == pytest.approx(em)
    assert score("record_f1", [prediction], [answers]) == pytest.approx(f1)


def test_language_modelling_by_hand(score):
    texts = [(8 * math.log(2), 4, 10), (4 * math.log(2), 2, 14)]
    assert score("perplexity", texts, [None, None]) == pytest.approx(4)
    assert score("bits_per_byte", texts, ["not", "read"]) == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["perplexity", "bits_per_byte"])
def test_language_modelling_is_better_the_lower(make, name):
    metric = make(name)
    assert not metric.higher_is_better
    assert metric.bounds == (1.0 if name == "perplexity" else 0.0, math.inf)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("perplexity", (0.0, 0, 5), "no tokens"),
        ("perplexity", (1e6, 1, 5), "more than 700 nats per token"),
        ("bits_per_byte", (1.0, 1, 0), "no bytes"),
    ],
)
def test_language_modelling_undefined_with_a_reason(make, score, name, text, reason):
    metric = make(name)
    assert math.isnan(score(name, [text], [None]))
    assert metric.undefined(metric.statistics([text], [None]).sum(0)) == reason


@pytest.mark.parametrize(
    "bad",
    [None, 3.0, (1.0, 2), (math.nan, 1, 1), (math.inf, 1, 1), (-1.0, 1, 1), (1.0, 1.5, 1), (1.0, 1, -1), ("1", 1, 1)],
)
def test_bad_likelihoods_are_named(make, bad):
    with pytest.raises(ValueError, match="row 1: the prediction must be"):
        make("perplexity").statistics([(1.0, 1, 1), bad], [None, None])
