"""Task kinds: reading references and outputs, as tables."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlbench.suite.declarations import Task
from mtlbench.tasks import TASKS, BadReference
from mtlbench.tasks.base import Stored
from mtlbench.tasks.regression import parse_number


def make(kind: str, **keys: Any) -> Any:
    task = Task(kind=kind, data={"path": "rows.jsonl"}, input="{x}", **{"reference": "y", **keys})
    return TASKS.get(kind)(task)


def test_kinds_there_are() -> None:
    assert TASKS.names() == [
        "classification", "coreference", "generation", "language_modeling", "multilabel", "multiple_choice", "ner", "nli",
        "pair_classification", "parsing", "qa", "regression", "span", "summarization", "tagging", "translation",
    ]  # fmt: skip


WORDS = ["not_equivalent", "equivalent"]


@pytest.mark.parametrize(
    ("match", "output", "expected"),
    [
        ("exact", "equivalent", 1),
        ("exact", "Equivalent", -1),
        ("exact", "equivalent ", -1),
        ("exact", "", -1),
        ("exact", "equivalent equivalent", -1),
        ("normalized", " Equivalent. ", 1),
        ("normalized", "equivalent ⁇", 1),
        ("normalized", "NOT_EQUIVALENT!", 0),
        ("normalized", "not equivalent", -1),
    ],
)
def test_outputs_as_labels(match: str, output: str, expected: int) -> None:
    kind = make("classification", labels=WORDS, match=match)
    assert kind.predict(output) == expected
    assert kind.show(Stored([], output)) == (None if expected < 0 else WORDS[expected])


@pytest.mark.parametrize(
    ("labels", "value", "word"),
    [
        (["no", "yes"], "yes", "yes"),
        ({"no": 0, "yes": 1}, 1, "yes"),
        ({"no": 0, "yes": 1}, "1", "yes"),
        ({"False": False, "True": True}, True, "True"),
        ([0, 1, 2], 2, "2"),
    ],
)
def test_references_as_labels(labels: Any, value: Any, word: str) -> None:
    assert make("classification", labels=labels).references({"y": value}) == [word]


@pytest.mark.parametrize("value", [None, "maybe", 2, [], ["yes", "no"], {"a": 1}])
def test_references_that_are_no_label(value: Any) -> None:
    with pytest.raises(BadReference):
        make("classification", labels=["no", "yes"]).references({"y": value})


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3.8", 3.8), (" 4 ", 4.0), ("-1", -1.0), ("+.5", 0.5), ("5.", 5.0), ("1e2", 100.0),
        ("", None), ("nan", None), ("inf", None), ("1_000", None), ("3,8", None), ("٣", None), ("four", None), ("1e999", None),
    ],
)  # fmt: skip
def test_numbers(text: str, number: float | None) -> None:
    assert parse_number(text) == number


@given(st.text())
def test_no_text_is_read_as_what_is_no_finite_number(text: str) -> None:
    value = parse_number(text)
    assert value is None or (math.isfinite(value) and value == float(text.strip()))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_is_read_back(value: float) -> None:
    assert parse_number(repr(value)) == value


@pytest.mark.parametrize(
    ("kind", "reference", "row", "expected"),
    [
        ("qa", "y", {"y": {"text": ["a", "b"], "answer_start": [0, 1]}}, ["a", "b"]),
        ("qa", "y", {"y": {"text": [], "answer_start": []}}, [""]),
        ("qa", "y", {"y": []}, [""]),
        ("qa", "y", {"y": "a"}, ["a"]),
        ("translation", ["y", "z"], {"y": "a", "z": "b"}, ["a", "b"]),
        ("summarization", "y", {"y": ["a", "b"]}, ["a", "b"]),
        ("generation", "y", {"y": 5}, ["5"]),
        ("regression", "y", {"y": "3.5"}, ["3.5"]),
        ("regression", "y", {"y": 4}, ["4"]),
    ],
)
def test_references(kind: str, reference: Any, row: dict[str, Any], expected: list[str]) -> None:
    assert make(kind, reference=reference).references(row) == expected


@pytest.mark.parametrize(
    ("kind", "row"),
    [("translation", {"y": None}), ("summarization", {"y": []}), ("regression", {"y": "high"}), ("generation", {})],
)
def test_rows_without_a_reference(kind: str, row: dict[str, Any]) -> None:
    with pytest.raises(BadReference):
        make(kind).references(row)
