"""Attachment scores of parses, and F1 of labelled spans."""

import math

import pytest

TREE = [(2, "det"), (3, "nsubj"), (0, "root")]


@pytest.mark.parametrize(
    ("predicted", "uas", "las"),
    [
        (TREE, 100, 100),
        ([(2, "det"), (3, "obj"), (0, "root")], 100, 200 / 3),
        ([(2, "det"), (1, "nsubj"), (0, "root")], 200 / 3, 200 / 3),
        ([(2, "det")], 100 / 3, 100 / 3),  # two tokens without an arc
        ([*TREE, (1, "punct")], 100, 100),  # an arc of no token
        ([[2, "det"], [3, "nsubj:pass"], [0, "root"]], 100, 200 / 3),  # subtypes count
        ([], 0, 0),
    ],
)
def test_attachment_by_hand(score, predicted, uas, las):
    assert score("uas", [predicted], [TREE]) == pytest.approx(uas)
    assert score("las", [predicted], [TREE]) == pytest.approx(las)


def test_attachment_is_over_tokens_not_sentences(score):
    assert score("uas", [TREE, [(0, "root")]], [TREE, [(1, "root")]]) == pytest.approx(75)


def test_no_tokens(make, score):
    metric = make("uas")
    assert math.isnan(score("uas", [[]], [[]]))
    assert metric.undefined(metric.statistics([[]], [[]]).sum(0)) == "no tokens"


@pytest.mark.parametrize("bad", [None, "x", [None], [(1,)], [(1.0, "a")], [(True, "a")], [(1, None)], {(1, "a")}])
def test_bad_arcs_are_named(make, bad):
    with pytest.raises(ValueError, match=r"row 1: .*the prediction"):
        make("las").statistics([[], bad], [[], []])
    with pytest.raises(ValueError, match=r"row 0: .*the reference"):
        make("las").statistics([[]], [bad])


@pytest.mark.parametrize(
    ("predicted", "gold", "expected"),
    [
        ({(0, 2, "NP"), (2, 3, "VP")}, {(0, 2, "NP"), (2, 4, "VP")}, 50),
        ([(0, 2, "NP"), [0, 2, "NP"]], [(0, 2, "NP")], 100),  # named twice, counted once
        ({(0, 2, "NP")}, {(0, 2, "VP")}, 0),
        (set(), {(0, 1, "NP")}, 0),
        (set(), set(), 0),
    ],
)
def test_spans_by_hand(score, predicted, gold, expected):
    assert score("span_f1", [predicted], [gold]) == pytest.approx(expected)


def test_span_parts(make):
    metric = make("span_f1", labels=("NP", "VP"))
    rows = metric.statistics([{(0, 1, "NP")}, {(0, 1, "X")}], [{(0, 1, "NP"), (1, 2, "VP")}, set()])
    parts = dict(zip(metric.parts, metric.part_scores(rows.sum(0)), strict=True))
    assert parts == pytest.approx(
        {"precision": 50, "recall": 50, "f1[NP]": 100, "f1[VP]": 0}
        | {"precision[NP]": 100, "precision[VP]": 0, "recall[NP]": 100, "recall[VP]": 0}
    )


@pytest.mark.parametrize("bad", [None, "x", [None], [(1, 2)], [(1, 2, 3)], [(1, 2.0, "a")], [(1, True, "a")]])
def test_bad_spans_are_named(make, bad):
    with pytest.raises(ValueError, match=r"row 1: .*the prediction"):
        make("span_f1").statistics([[], bad], [[], []])
    with pytest.raises(ValueError, match=r"row 0: .*the reference"):
        make("span_f1").statistics([[]], [bad])


def test_a_gold_label_outside_the_set_is_named(make):
    with pytest.raises(ValueError, match="row 0: the reference's 'X' is none of the labels NP"):
        make("span_f1", labels=("NP",)).statistics([set()], [{(0, 1, "X")}])
