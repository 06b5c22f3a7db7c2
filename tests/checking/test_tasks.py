"""Data, templates, references and metrics of single tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtlbench.suite.faults import Place
from tests.checking.conftest import SENTIMENT, Edit, jsonl
from tests.checking.finding import Expected, assert_faults, faults_of, told


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"sentiment: {text}"', '"{text} {"', (13, 20, "this brace is never closed")),
        ('"sentiment: {text}"', '"{text} {}"', (13, 20, "a place without a column name")),
        ('"sentiment: {text}"', '"{text.x}"', (13, 18, "“.” cannot stand in a place")),
        ('"sentiment: {text}"', '"{{txt}} {txt}"', (13, 21, "has no column “txt”")),
        ('"sentiment: {text}"', ">\n      {text}\n      {txt}", (15, 7, "has no column “txt”")),
        ("reference: [short, other]", "reference: [short, othre]", (27, 24, "has no column “othre”: did you mean `other`?")),
        ("path: data/sentiment.jsonl", "path: data", (12, 18, "the folder data holds several files")),
        ("path: data/sentiment.jsonl", "path: data, split: test", (12, 31, "the folder data holds no split “test”")),
        ("path: data/sentiment.jsonl", "path: data/sentiment.jsonl, quoting: false", (12, 49, "`quoting: false` goes with CSV")),
        ("[accuracy, f1_macro]", "[accuracy]\n    templates:\n      polite: \"Please: {txt}\"", (18, 24, "has no column “txt”: did you mean `text`?")),
        ("[accuracy, f1_macro]", "[accuracy]\n    templates: {polite: \"{text\"}", (17, 26, "this brace is never closed")),
        ("[accuracy, f1_macro]", "[accuracy]\n    templates: {a@b: \"{text}\"}", (17, 17, "“a@b” cannot be a name here")),
        ("[accuracy, f1_macro]", "[accuracy]\n    templates: {input: \"{text}\"}", (17, 5, "how the task's own input is called")),
        ("[accuracy, f1_macro]", "[accuracy]\n    slices: [text, txt]", (17, 20, "has no column “txt”: did you mean `text`?")),
        ("tokenize: intl", "tokenize: latin", (30, 26, "latin")),
        ("tokenize: intl", "lowercase: 3", (30, 27, "lowercase must be true or false")),
        ("[accuracy, f1_macro]", "[f1]\n    labels: {negative: negative, positive: positive, neutral: neutral}", (16, 15, "f1 needs a positive label")),
        ("[accuracy, f1_macro]", "[invalid_rate]\n    weight: 0\n    floor: 10\n    ceiling: 90", (18, 5, "`floor` must lie above `ceiling`")),
        ("[accuracy, f1_macro]", "[accuracy]\n    floor: 90\n    ceiling: 10", (17, 5, "`floor` must lie below `ceiling`")),
        ("[accuracy, f1_macro]", "[accuracy]\n    minimum: 0.8\n    max_regression: -1", (18, 21, "must be at least 0")),
        ("[accuracy, f1_macro]", "[accuracy]\n    minimum: 101", (17, 14, "`minimum` must lie between 0 and 100, the bounds of accuracy")),
    ],
)  # fmt: skip
def test_one_fault(edit: Edit, old: str, new: str, expected: Expected) -> None:
    changes = [(old, new)]
    if "labels:" in new:
        changes.insert(0, ("    labels: [negative, positive]\n", ""))
        expected = (expected[0] - 1 if expected[0] else None, *expected[1:])
    assert_faults(faults_of(edit(*changes)), [expected])


def test_faults_of_data_files_are_at_their_lines(edit: Edit, folder: Path) -> None:
    (folder / "data/sentiment.jsonl").write_text(jsonl(SENTIMENT[:2]) + "{broken\n" + jsonl(SENTIMENT[2:]) + "[]\n")
    (folder / "data/summary.jsonl").write_text("")
    faults = faults_of(edit())
    found = {(fault.place.file.name, fault.place.line) for fault in faults if fault.place}
    assert found == {("sentiment.jsonl", 3), ("sentiment.jsonl", 5), ("summary.jsonl", None)}, told(faults)


def test_duplicate_ids(edit: Edit, folder: Path) -> None:
    (folder / "data/sentiment.jsonl").write_text(jsonl([*SENTIMENT, SENTIMENT[0]]))
    (fault,) = faults_of(edit())
    assert "the id “a” of line 4 is that of line 1 too" in fault.message
    assert fault.place is not None
    assert fault.place.line == 4


def test_rows_that_cannot_fill_the_template(edit: Edit, folder: Path) -> None:
    rows = [{**row, "text": None if number else "x"} for number, row in enumerate(SENTIMENT)]
    (folder / "data/sentiment.jsonl").write_text(jsonl(rows))
    assert_faults(
        faults_of(edit()),
        [(13, 24, "2 of 3 rows of data/sentiment.jsonl cannot fill the template: line 2: “text” is null")],
    )


def test_a_list_cannot_fill_the_template(edit: Edit, folder: Path) -> None:
    (folder / "data/sentiment.jsonl").write_text(jsonl([{**row, "text": ["x"]} for row in SENTIMENT]))
    assert_faults(faults_of(edit()), [(13, 24, "“text” is a list here")])


def test_a_missing_reference_is_named(edit: Edit, folder: Path) -> None:
    (folder / "data/sentiment.jsonl").write_text(jsonl([*SENTIMENT, {"id": "d", "text": "so"}]))
    (folder / "outputs/sentiment.jsonl").unlink()
    (folder / "outputs/sentiment.txt").write_text("positive\n" * 4)
    assert_faults(faults_of(edit()), [(14, 16, "line 4 (id d): `label` is empty")])


def test_more_than_a_few_bad_references_are_counted(edit: Edit, folder: Path) -> None:
    (folder / "data/sentiment.jsonl").write_text(
        jsonl([{**SENTIMENT[0], "id": str(n), "label": f"l{n}"} for n in range(50)])
    )
    (folder / "outputs/sentiment.jsonl").unlink()
    (folder / "outputs/sentiment.txt").write_text("positive\n" * 50)
    (fault,) = faults_of(edit())
    assert fault.message.startswith("50 of 50 references in data/sentiment.jsonl cannot be used: line 1 (id 0): “l0”")
    assert fault.hint.startswith("so it is with line 2 (id 1): “l1”")
    assert fault.hint.endswith("; …")


def test_hub_data_is_left_to_the_plan(edit: Edit, folder: Path) -> None:
    path = edit(
        ("data: {path: data/similarity.csv}", "data: {hub: glue, config: stsb, split: test}"), ("{two}", "{anything}")
    )
    assert faults_of(path) == []


def test_all_bad_options_of_a_metric_are_told(edit: Edit) -> None:
    path = edit(("tokenize: intl", "tokenize: latin, lowercase: 3, smoth: x, smooth_method: floor, smooth_value: 0.1"))
    assert_faults(faults_of(path), [(30, 26, "latin"), (30, 44, "lowercase must"), (30, 47, "no option `smoth`")])


def test_only_chosen_tasks_are_checked(edit: Edit) -> None:
    path = edit(("kind: regression", "kind: regresion"))
    assert faults_of(path, tasks={"sentiment"}) == []
    assert [fault.message for fault in faults_of(path, tasks={"sentimant"})] == [
        "the suite has no task “sentimant”: did you mean `sentiment`?"
    ]


def test_a_fault_in_one_key_keeps_the_rest_checked(edit: Edit) -> None:
    path = edit(
        ("groups: [gender]", "groups: [gender]\n    weight: x"),
        ("f1_macro]", "f1_marco]"),
        ('{text}"\n    reference: label', '{txt}"\n    reference: label'),
    )
    assert_faults(faults_of(path), [(18, 13, "`weight` must be a number"), (16, 25, "f1_marco"), (13, 24, "“txt”")])


def test_the_first_metric_alone_is_bounded(edit: Edit) -> None:
    path = edit(("[accuracy, f1_macro]", "[mcc, accuracy]\n    floor: -50"))
    assert faults_of(path) == []


def test_a_place_says_how_wide_it_is(edit: Edit) -> None:
    path = edit(("with {two}", "with {too}"))
    assert [fault.place for fault in faults_of(path)] == [Place(path, 21, 32, 5)]
