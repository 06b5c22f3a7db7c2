"""Ten broken suites: each tells all its faults at once, each at its line and column, and nothing else."""

from __future__ import annotations

import pytest

from tests.checking.conftest import Edit
from tests.checking.finding import Expected, assert_faults, faults_of

Changes = list[tuple[str, str]]

BROKEN: dict[str, tuple[Changes, list[Expected]]] = {
    "misspelt keys": (
        [("trained_on:", "traned_on:"), ("metrics: [accuracy", "metrcs: [accuracy"), ("name: small", "nmae: small")],
        [
            (2, 1, "unknown key `nmae`: did you mean `name`?"),
            (6, 5, "unknown key `traned_on`: did you mean `trained_on`?"),
            (16, 5, "unknown key `metrcs`: did you mean `metrics`?"),
        ],
    ),
    "misspelt names": (
        [
            ("kind: regression", "kind: regresion"),
            ("[accuracy, f1_macro]", "[acuracy, f1_marco]"),
            ("checkpoint: models/joint", "checkpoint: models/joint\n    engine: transfomers"),
        ],
        [
            (6, 13, "there is no engine “transfomers”: did you mean `transformers`?"),
            (17, 15, "there is no metric “acuracy”: did you mean `accuracy`?"),
            (17, 24, "there is no metric “f1_marco”: did you mean `f1_macro`?"),
            (20, 11, "there is no task kind “regresion”: did you mean `regression`?"),
        ],
    ),
    "columns that are not there": (
        [
            ("sentiment: {text}", "sentiment: {txt} and {text}"),
            ("reference: label", "reference: lable"),
            ("groups: [gender]", "groups: [gender, age]"),
            ("id: key", "id: kye"),
            ("with {two}", "with {too}"),
        ],
        [
            (13, 24, "has no column “txt”: did you mean `text`?"),
            (14, 16, "has no column “lable”: did you mean `label`?"),
            (17, 22, "has no column “age” | its columns are id, text, label, gender"),
            (21, 32, "has no column “too”: did you mean `two`?"),
            (25, 42, "there is no column “kye” for the ids | did you mean “key”?"),
        ],
    ),
    "metrics that do not fit": (
        [
            ("[accuracy, f1_macro]", "[accuracy, bleu]"),
            ("reference: score", "reference: score\n    metrics: [rouge1, pearson]"),
        ],
        [
            (16, 25, "the metric `bleu` scores text, and task kind classification gives labels"),
            (23, 15, "the metric `rouge1` scores text, and task kind regression gives numbers"),
        ],
    ),
    "bad options": (
        [
            ("tokenize: intl", "tokenise: intl, lowercase: 3"),
            ("- rouge1", "- rouge1: {depth: 2}"),
            ("[accuracy, f1_macro]", "[accuracy, f1_macro, accuracy]"),
        ],
        [
            (16, 35, "the metric `accuracy` stands twice"),
            (29, 18, "the metric `rouge1` has no option `depth`"),
            (30, 43, "lowercase must be true or false, not 3"),
            (30, 16, "the metric `bleu` has no option `tokenise`: did you mean `tokenize`?"),
        ],
    ),
    "files that are not there": (
        [
            ("data/similarity.csv", "data/similarty.csv"),
            ("checkpoint: models/joint", "checkpoint: models/jiont"),
            ("predictions: outputs", "predictions: output"),
        ],
        [
            (5, 17, "there is no checkpoint folder models/jiont: did you mean models/joint?"),
            (8, 18, "the folder of predictions output is not there"),
            (20, 18, "there is no file data/similarty.csv | did you mean data/similarity.csv?"),
        ],
    ),
    "labels where they do not belong": (
        [
            ("    labels: [negative, positive]\n", ""),
            ("reference: score", "reference: score\n    labels: [a, b]\n    positive: a"),
        ],
        [
            (10, 3, "task kind classification needs `labels`"),
            (22, 5, "`labels` means nothing to task kind regression | it goes with classification"),
            (23, 5, "`positive` means nothing to task kind regression"),
        ],
    ),
    "references of no use": (
        [
            ("[negative, positive]", "[negative, pos]"),
            ("reference: score", "reference: one\n    floor: -400\n    ceiling: 500"),
        ],
        [
            (14, 16, "2 of 3 references in data/sentiment.jsonl cannot be used: line 1 (id a): “positive” is none of"),
            (22, 16, "2 of 2 references in data/similarity.csv cannot be used: line 2 (id 0): “x” is no number"),
            (23, 12, "`floor` must lie between -100 and 100"),
            (24, 14, "`ceiling` must lie between -100 and 100"),
        ],
    ),
    "wrong values and a bad template": (
        [
            ("version: 1", "version: 1\nseed: abc"),
            ("compare {one}", "compare {one"),
            ("kind: summarization", "kind: summarization\n    weight: -2"),
            ("labels: [negative, positive]", "labels: [negative, positive]\n    labels: [a, b]"),
        ],
        [
            (2, 7, "`seed` must be a whole number, not text “abc”"),
            (17, 5, "the key `labels` stands twice"),
            (23, 21, "this brace is never closed"),
            (27, 13, "`weight` must be at least 0, not -2"),
        ],
    ),
    "models that cannot be run": (
        [
            (
                "trained_on: [sentiment, elsewhere]",
                "kind: text2txt\n    trust_remote_code: true\n    tasks: [sentiment, sumary]",
            ),
            ("predictions: outputs", "predictions: outputs\n    kind: text2text"),
        ],
        [
            (6, 11, "there is no model kind “text2txt”: did you mean `text2text`?"),
            (7, 24, "would run code that comes with its checkpoint"),
            (8, 24, "the suite has no task “sumary”: did you mean `summary`?"),
            (10, 5, "`predictions:` goes with `kind: predictions`, not “text2text”"),
        ],
    ),
}


def test_the_sound_suite_is_sound(edit: Edit) -> None:
    assert faults_of(edit()) == []


@pytest.mark.parametrize("name", BROKEN)
def test_all_faults_are_told_at_their_places(edit: Edit, name: str) -> None:
    changes, expected = BROKEN[name]
    assert 2 <= len(expected) <= 5
    assert_faults(faults_of(edit(*changes)), expected)
