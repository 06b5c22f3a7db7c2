"""Wrong values → plain sentences at the right place, all of them at once."""

from __future__ import annotations

import pytest

from mtlbench.suite.draft import read_suite
from tests.suite.conftest import Write
from tests.suite.examples import VALID

Found = tuple[int | None, int | None, str]


def faults_of(write: Write, text: str) -> list[Found]:
    return [
        (fault.place and fault.place.line, fault.place and fault.place.column, f"{fault.message} | {fault.hint}")
        for fault in read_suite(write(text)).faults
    ]


def test_the_example_is_valid(write: Write) -> None:
    draft = read_suite(write(VALID))
    assert draft.faults == []
    assert draft.suite is not None
    assert list(draft.tasks) == ["sentiment", "translation"]
    assert draft.suite.tasks["translation"].metrics is not None
    assert [(use.name, use.options) for use in draft.suite.tasks["translation"].metrics] == [
        ("bleu", {"tokenize": "intl"}),
        ("chrf", {}),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "message"),
    [
        ("version: 1", "version: 2", 1, 10, "`version` must be 1, not 2"),
        ("version: 1\n", "", 1, 1, "the suite lacks `version` | write `version: 1`"),
        ("name: small", "name: a/b", 2, 7, "“a/b” cannot be a name here | letters, digits"),
        ("name: small", "name: small\nseed: abc", 3, 7, "`seed` must be a whole number, not text “abc”"),
        ("name: small", "name: small\nseed: 1e3", 3, 7, "`seed` must be a whole number, not 1000.0 | write 1000"),
        ("name: small", "name: small\nseed: true", 3, 7, "`seed` must be a whole number, not true"),
        ("name: small", "name: small\nseed: '7'", 3, 7, "`seed` must be a whole number, not text “7”"),
        ("name: small", "name: small\nseed: ${env:PATH}", 3, 7, "| `${env:…}` always gives text"),
        ("name: small", "name: small\nsead: 7", 3, 1, "unknown key `sead`: did you mean `seed`?"),
        (
            "name: small",
            "name: small\nresamples: 7",
            3,
            1,
            "unknown key `resamples` | `resamples` belongs to `significance:`",
        ),
        ("name: small", "name: small\nzzz: 7", 3, 1, "unknown key `zzz` | known here: version, name"),
        (
            "name: small",
            "name: small\noverall: {weights: equl}",
            3,
            20,
            "one of declared, equal, size, difficulty, not text “equl”: did you mean `equal`?",
        ),
        (
            "name: small",
            "name: small\nsignificance: {confidence: 95}",
            3,
            28,
            "`confidence` must be less than 1, not 95",
        ),
        (
            "name: small",
            "name: small\nmodels: {m: {checkpoint: x}}",
            4,
            1,
            "the key `models` stands twice | it is first on line 3",
        ),
        ("  joint:", "  joint model:", 4, 3, "“joint model” cannot be a name here"),
        ("checkpoint: google", "checkpiont: google", 5, 5, "unknown key `checkpiont`: did you mean `checkpoint`?"),
        (
            "trained_on: [sentiment, translation]",
            "trained_on: {sentiment: -1}",
            6,
            29,
            "`trained_on.sentiment` must be at least 0, not -1",
        ),
        ("trained_on: [sentiment, translation]", "trained_on: [a, a]", 6, 5, "`trained_on` names “a” twice"),
        ("trained_on: [sentiment, translation]", "trained_on: [{a: 1}]", 6, 5, "`trained_on` takes names of tasks"),
        (
            "trained_on: [sentiment, translation]",
            "trained_on: a",
            6,
            17,
            "must be a list of tasks, or a mapping of tasks to weights, not text “a”",
        ),
        (
            "trained_on: [sentiment, translation]",
            "predictions: x",
            5,
            5,
            "a model has either `checkpoint:`, `checkpoints:` or `predictions:`",
        ),
        ("    kind: classification\n", "", 8, 3, "task `sentiment` lacks `kind`"),
        ("data: {path: data/sentiment.jsonl}", "data: {}", 10, 5, "data has either `path:` or `hub:`"),
        (
            "data: {path: data/sentiment.jsonl}",
            "data: x.jsonl",
            10,
            11,
            "`data` must be a mapping (`key: value`), not text “x.jsonl”",
        ),
        ("data: {path: data/sentiment.jsonl}", "data:", 10, 5, "`data` must be a mapping (`key: value`), not empty"),
        (
            "data: {path: data/sentiment.jsonl}",
            "data: {path: x, revision: y}",
            10,
            21,
            "`config:` and `revision:` go with `hub:`",
        ),
        ('input: "sentiment: {text}"', "input: ''", 11, 12, "`input` must not be empty"),
        ("reference: label", "reference: [label, 3]", 12, 24, "item 2 of `reference` must be text, not 3"),
        ("reference: label", "reference: 3", 12, 16, "`reference` must be text or a list, not 3"),
        ("[negative, positive]", "[negative, negative]", 13, 5, "the label “negative” stands twice"),
        ("[negative, positive]", "[negative]", 13, 13, "`labels` must have at least 2 entries, not 1"),
        ("[negative, positive]", "[negative, 1.5]", 13, 24, "must be text, a whole number or true or false, not 1.5"),
        (
            "[negative, positive]",
            "{a: 1, b: [x]}",
            13,
            23,
            "`labels.b` must be text, a whole number or true or false, not a list",
        ),
        ("[accuracy, {f1: {}}]", "accuracy", 14, 14, "`metrics` must be a list, not text “accuracy”"),
        ("[accuracy, {f1: {}}]", "[]", 14, 14, "`metrics` must not be empty"),
        (
            "[accuracy, {f1: {}}]",
            "[accuracy, 3]",
            14,
            25,
            "item 2 of `metrics` must be a metric's name, or a name with its options, not 3",
        ),
        ("[accuracy, {f1: {}}]", "[{f1: {}, accuracy: {}}]", 14, 15, "a metric is its name, or its name with options"),
        ("- name: chrf", "- name: chrf\n        optoins: {}", 25, 9, "unknown key `optoins`: did you mean `options`?"),
        (
            "kind: translation",
            "kind: translation\n    weight: .inf",
            17,
            13,
            "`weight` must be a finite number, not inf",
        ),
        (
            "[accuracy, {f1: {}}]",
            "[accuracy]\n    positive: neutral",
            15,
            5,
            "`positive: neutral` is none of the labels",
        ),
        (
            "kind: translation",
            "kind: translation\n    generation: {num_beams: 0}",
            17,
            29,
            "`num_beams` must be at least 1, not 0",
        ),
    ],
)
def test_one_fault(write: Write, old: str, new: str, line: int, column: int, message: str) -> None:
    assert VALID.count(old) == 1
    found = faults_of(write, VALID.replace(old, new))
    assert len(found) == 1, found
    assert found[0][:2] == (line, column)
    assert message in found[0][2]


def test_a_faulty_key_hides_no_other_fault_of_its_mapping(write: Write) -> None:
    text = VALID.replace("{f1: {}}]", "{f1: {}}]\n    wieght: 1\n    positive: neutral\n    match: exakt")
    assert sorted(fault[:2] for fault in faults_of(write, text)) == [(15, 5), (16, 5), (17, 12)]


def test_a_misspelt_key_is_not_missing_too(write: Write) -> None:
    text = VALID.replace("reference: target", "refrence: target").replace("checkpoint:", "chekpoint:")
    assert [fault[:2] for fault in faults_of(write, text)] == [(5, 5), (21, 5)]


def test_what_is_missing_for_want_of_a_faulty_part_is_no_fault(write: Write) -> None:
    text = VALID.replace("checkpoint: google/flan-t5-small", "checkpoint: 3").replace("kind: translation", "kind: 3")
    assert [fault[:2] for fault in faults_of(write, text)] == [(5, 17), (16, 11)]


def test_what_is_sound_is_kept(write: Write) -> None:
    text = VALID.replace("checkpoint: google/flan-t5-small", "checkpoint: 3").replace(
        "metrics: [accuracy,", "metrics: [3,"
    )
    draft = read_suite(write(text.replace("name: small\n", "")))
    assert draft.suite is None
    assert draft.models == {}
    assert list(draft.tasks) == ["sentiment", "translation"]
    assert [use.name for use in draft.tasks["sentiment"].metrics or []] == ["f1"]
    assert draft.place("tasks", "sentiment", "metrics", 0, "name").column == 19
    assert draft.names("models") == ["joint"]


@pytest.mark.parametrize(
    ("path", "key", "line", "column", "width"),
    [
        (("tasks", "translation", "metrics", 0, "options", "tokenize"), False, 23, 26, 4),
        (("tasks", "translation", "metrics", 0, "options", "tokenize"), True, 23, 16, 8),
        (("tasks", "translation", "metrics", 0, "name"), False, 23, 9, 4),
        (("tasks", "translation", "metrics", 1, "name"), False, 24, 15, 4),
        (("models", "joint", "trained_on", "translation"), False, 6, 29, 11),
        (("tasks", "translation"), True, 15, 3, 11),
        (("tasks", "translation", "data", "revision"), False, 17, 5, 4),
        (("nothing",), False, None, None, 1),
    ],
)
def test_places(
    write: Write, path: tuple[str | int, ...], key: bool, line: int | None, column: int | None, width: int
) -> None:
    place = read_suite(write(VALID)).place(*path, key=key)
    assert (place.line, place.column, place.width) == (line, column, width)


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ('input: "a {x} {text} {x}"', 11, 26),
        ("input: a {x} {text} {x}", 11, 25),
        ("input: >\n      {x} a\n      {x}", 13, 7),
    ],
)
def test_places_inside_a_text(write: Write, written: str, line: int, column: int) -> None:
    draft = read_suite(write(VALID.replace('input: "sentiment: {text}"', written)))
    place = draft.place_in("{x}", "tasks", "sentiment", "input", nth=1)
    assert (place.line, place.column, place.width) == (line, column, 3)
