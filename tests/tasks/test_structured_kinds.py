"""Choices, sets of labels, tags, arcs and spans: as they stand in data and as models write them, as tables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlbench.metrics import METRICS, MetricContext
from mtlbench.suite.declarations import Task
from mtlbench.tasks import TASKS, BadReference
from mtlbench.tasks.base import LIKELIHOODS, Stored

KEYS: dict[str, dict[str, Any]] = {
    "classification": {"labels": ["no", "yes"]},
    "multilabel": {"labels": ["sport", "politics", "science"]},
    "multiple_choice": {"choices": "choices"},
    "tagging": {"words": "words"},
    "parsing": {"words": "words", "reference": ["heads", "relations"]},
    "span": {"words": "words"},
}


def make(kind: str, **keys: Any) -> Any:
    declared = {"data": {"path": "rows.jsonl"}, "input": "{x}", "reference": "y", **KEYS[kind], **keys}
    return TASKS.get(kind)(Task(kind=kind, **declared))


CHOICES = ["air", "water", "b"]


@pytest.mark.parametrize(
    ("choices", "value", "right"),
    [
        (CHOICES, "water", "water"),
        (CHOICES, 0, "air"),
        (CHOICES, 2, "b"),
        (CHOICES, "A", "air"),
        (CHOICES, "c", "b"),
        ({"text": CHOICES, "label": ["A", "B", "C"]}, "A", "air"),
        (["a", "b"], "b", "b"),
        ([3, 4], 1, "4"),
        ([3, 4], "4", "4"),
    ],
)
def test_the_right_choice(choices: Any, value: Any, right: str) -> None:
    assert make("multiple_choice").references({"choices": choices, "y": value}) == [right]


@pytest.mark.parametrize(
    ("choices", "value", "message"),
    [
        (CHOICES, "b", "may mean several of the choices air, water, b"),
        (CHOICES, "fire", "“fire” is none of the choices"),
        (CHOICES, "1", "is none of"),
        (CHOICES, "d", "is none of"),
        (CHOICES, 3, "is none of"),
        (CHOICES, -1, "is none of"),
        (CHOICES, True, "is none of"),
        (CHOICES, None, "`y` is empty"),
        (CHOICES, ["air"], "one value"),
        (["air", "air"], 0, "two choices read “air”"),
        ("air, water", 0, "`choices` holds no list"),
        ([], 0, "`choices` is empty"),
    ],
)
def test_no_right_choice(choices: Any, value: Any, message: str) -> None:
    with pytest.raises(BadReference, match=message):
        make("multiple_choice").references({"choices": choices, "y": value})


def test_choices_that_match_alike_are_two_of_one() -> None:
    row = {"choices": ["Air", "air."], "y": 0}
    assert make("multiple_choice").references(row) == ["Air"]
    with pytest.raises(BadReference, match="two choices read “air”"):
        make("multiple_choice", match="normalized").references(row)


@pytest.mark.parametrize(
    ("match", "output", "index"),
    [
        ("exact", "water", 1),
        ("exact", "Water", -1),
        ("exact", "", -1),
        ("normalized", " Water!", 1),
        ("exact", "B", -1),
    ],
)
def test_an_output_is_a_choice_or_none(match: str, output: str, index: int) -> None:
    row = Stored(["water"], output, choices=("air", "water"))
    kind = make("multiple_choice", match=match)
    assert kind.prediction("label", row) == index
    assert kind.show(row) == (None if index < 0 else "water")
    assert kind.gold("label", row) == kind.gold("scores", row) == 1


@pytest.mark.parametrize("kind", ["classification", "multiple_choice"])
def test_scores_are_what_the_model_gave(kind: str) -> None:
    row = Stored(["no"], "no", [-4.0, -3.0], [4, 0], choices=("no", "yes"))
    made = make(kind)
    assert made.prediction("scores", row) == [-4.0, -3.0]
    assert made.prediction("normalized_scores", row) == [-1.0, -3.0]
    assert made.prediction("scores", Stored(["no"], "no", choices=("no", "yes"))) is None
    assert made.prediction("normalized_scores", Stored(["no"], "no", [-4.0, -3.0], choices=("no", "yes"))) is None


@pytest.mark.parametrize(
    ("value", "stored", "target"),
    [
        (["science", "sport"], "sport, science", [0, 2]),
        ([], "none", []),
        ("none", "none", []),
        ("politics", "politics", [1]),
        ("science, politics", "politics, science", [1, 2]),
        (["sport", "sport"], "sport", [0]),
    ],
)
def test_sets_of_labels(value: Any, stored: str, target: list[int]) -> None:
    kind = make("multilabel")
    assert kind.references({"y": value}) == [stored]
    assert kind.target([stored]) == kind.predict(stored) == target


@pytest.mark.parametrize(
    ("match", "output", "found", "shown"),
    [
        ("exact", "science, sport", [2, 0], "sport, science"),
        ("exact", "none", [], "none"),
        ("exact", "", [-1], None),
        ("exact", "sport,science", [-1], None),
        ("exact", "sport, tennis", [0, -1], None),
        ("exact", "sport, none", [0, -1], None),
        ("normalized", "Sport, SCIENCE.", [0, 2], "sport, science"),
        ("normalized", "None.", [], "none"),
    ],
)
def test_outputs_as_sets_of_labels(match: str, output: str, found: list[int], shown: str | None) -> None:
    kind = make("multilabel", match=match)
    assert kind.predict(output) == found
    assert kind.show(Stored([], output)) == shown


def test_tags() -> None:
    kind = make("tagging", labels={"O": 0, "B-PER": 1})
    assert kind.references({"words": ["Ann", "sat"], "y": [1, 0]}) == ["B-PER O"]
    assert kind.target(["B-PER O"]) == kind.predict(" B-PER  O\n") == ["B-PER", "O"]
    assert make("tagging").references({"words": ["Ann"], "y": ["X"]}) == ["X"]


def test_arcs() -> None:
    kind = make("parsing")
    row = {"words": ["the", "dog", "barks"], "heads": [2, 3, 0], "relations": ["det", "nsubj:x", "root"]}
    assert kind.references(row) == ["2:det 3:nsubj:x 0:root"]
    assert kind.target(kind.references(row)) == [(2, "det"), (3, "nsubj:x"), (0, "root")]
    assert kind.predict("2:det what 0:") == [(2, "det"), (-1, ""), (-1, "")]


def test_spans() -> None:
    kind = make("span")
    spans = [{"start": 1, "end": 3, "label": "V"}, {"start": 0, "end": 1, "label": "A0"}]
    assert kind.references({"words": ["a", "b", "c"], "y": spans}) == ["0-1:A0 1-3:V"]
    assert kind.references({"words": ["a", "b", "c"], "y": "0-1:A0"}) == ["0-1:A0"]
    assert kind.references({"words": ["a"], "y": []}) == ["none"]
    assert kind.target(["none"]) == kind.predict(" none") == kind.predict("") == set()
    assert kind.predict("0-1:A0 no 2-1:V") == {(0, 1, "A0"), (-1, -1, "no"), (2, 1, "V")}


@pytest.mark.parametrize(
    ("kind", "keys", "row", "message"),
    [
        ("multilabel", {}, {"y": ["tennis"]}, "“tennis” is none of the labels"),
        ("multilabel", {}, {"y": None}, "`y` is empty"),
        ("tagging", {}, {"words": ["a", "b"], "y": ["X"]}, "`y` holds 1 and `words` 2"),
        ("tagging", {}, {"words": ["a"], "y": ["X Y"]}, "holds a space"),
        ("tagging", {"labels": ["X", "Y"]}, {"words": ["a"], "y": ["Z"]}, "“Z” is none of the labels X, Y"),
        ("tagging", {}, {"words": "a b", "y": ["X", "Y"]}, "`words` holds no list"),
        ("parsing", {}, {"words": ["a"], "heads": [2], "relations": ["r"]}, "“2” is no head for word 1 of 1"),
        ("parsing", {}, {"words": ["a"], "heads": [1], "relations": ["r"]}, "“1” is no head for word 1"),
        ("parsing", {}, {"words": ["a"], "heads": [0], "relations": ["r", "s"]}, "`relations` holds 2 and `words` 1"),
        ("parsing", {}, {"words": ["a"], "heads": [0], "relations": [""]}, "is empty or holds a space"),
        ("span", {}, {"words": ["a"], "y": [{"start": 0, "end": 2, "label": "V"}]}, "0-2:V is no span of 1 words"),
        ("span", {}, {"words": ["a"], "y": "0-1:V x"}, "is no span"),
        ("span", {}, {"words": ["a"], "y": [{"start": 0, "label": "V"}]}, "is no object with"),
        ("span", {}, {"words": ["a"], "y": None}, "holds no list of spans"),
    ],
)
def test_bad_references(kind: str, keys: dict[str, Any], row: dict[str, Any], message: str) -> None:
    with pytest.raises(BadReference, match=message):
        make(kind, **keys).references(row)


@pytest.mark.parametrize(
    ("kind", "keys", "key"),
    [
        ("multilabel", {"labels": ["a, b", "c"]}, "labels"),
        ("multilabel", {"labels": ["none", "c"]}, "labels"),
        ("multilabel", {"labels": ["None", "c"], "match": "normalized"}, "labels"),
        ("tagging", {"labels": ["a b", "c"]}, "labels"),
        ("span", {"labels": ["", "c"]}, "labels"),
        ("tagging", {"reference": ["y", "z"]}, "reference"),
        ("parsing", {"reference": "y"}, "reference"),
    ],
)
def test_tasks_that_cannot_be_read(kind: str, keys: dict[str, Any], key: str) -> None:
    with pytest.raises(ValueError, match=f"`{key}`"):
        make(kind, **keys)


pieces = st.sampled_from(["0:", "1:r", "0-1:V", "none", ", ", " ", "sport", "-", "99999999999999999999:x", "²:x", "O"])


@given(st.one_of(st.text(), st.lists(pieces).map("".join)))
def test_any_output_can_be_scored(output: str) -> None:
    for name, row in {
        "classification": Stored(["no"], output),
        "multilabel": Stored(["sport"], output),
        "multiple_choice": Stored(["air"], output, choices=("air", "water")),
        "tagging": Stored(["O O"], output),
        "parsing": Stored(["2:r 0:root"], output),
        "span": Stored(["0-1:V"], output),
    }.items():
        kind = make(name)
        kind.show(row)
        what = kind.produces[0]
        assert what not in LIKELIHOODS
        context = MetricContext(labels=tuple(KEYS[name].get("labels", ())))
        for metric in (*kind.default_metrics, *kind.always):
            if what in METRICS.get(metric).accepts:
                made = METRICS.get(metric)(metric, context)
                rows = made.statistics([kind.prediction(what, row)], [kind.gold(what, row)])
                assert rows.shape == (1, len(made.columns))
