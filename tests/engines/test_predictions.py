"""Rows of predictions made elsewhere: likelihoods and lists in them, and what is wrong with a row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mtlbench.engines import Asked, Request
from mtlbench.engines.prediction_rows import parse_row
from mtlbench.engines.predictions import Predictions, check_predictions
from mtlbench.suite.declarations import Generation
from mtlbench.suite.faults import InputError
from mtlbench.tasks.question import Question
from tests.projects import write_rows

YES_NO = ("no", "yes")


@pytest.mark.parametrize(
    ("form", "row", "text", "scores"),
    [
        ("label", {"prediction": "yes"}, "yes", None),
        ("label", {"prediction": "yes", "scores": [-2, -0.5]}, "yes", [-2.0, -0.5]),
        ("label", {"prediction": "yes", "scores": [float("-inf"), 0]}, "yes", [float("-inf"), 0.0]),
        ("number", {"prediction": 3.5, "scores": "high"}, "3.5", None),
        ("tags", {"prediction": ["O", "B-PER"]}, "O B-PER", None),
        ("arcs", {"prediction": ["2:x", "0:y"]}, "2:x 0:y", None),
        ("spans", {"prediction": []}, "none", None),
        ("labels", {"prediction": []}, "none", None),
        ("labels", {"prediction": ["no", "yes"]}, "no, yes", None),
        ("tags", {"prediction": []}, "", None),
        ("nats", {"nats": 2.5, "tokens": 2, "bytes": 9}, "", [2.5, 2.0, 9.0]),
        ("nats", {"scores": [2.5, 2, 9]}, "", [2.5, 2.0, 9.0]),
        ("nats", {"prediction": "x"}, "", None),
    ],
)
def test_rows(form: Any, row: dict[str, Any], text: str, scores: list[float] | None) -> None:
    labels = YES_NO if form in ("label", "labels") else ()
    row_id, output = parse_row(json.dumps({"id": 7, **row}), Asked("t", form, labels))
    assert (row_id, output.text, output.scores) == ("7", text, scores)


@pytest.mark.parametrize(
    ("form", "row", "message"),
    [
        ("label", {"scores": [0, 1]}, "a row needs `id` and `prediction`"),
        ("label", {"prediction": ["yes"]}, "`prediction` must be text, a number or a truth value$"),
        ("tags", {"prediction": [1]}, "a truth value, or a list of texts"),
        ("label", {"prediction": "yes", "scores": [0]}, "there are 1 `scores`, and 2 labels"),
        ("label", {"prediction": "yes", "scores": 3}, "`scores` must be a list of log-likelihoods"),
        ("label", {"prediction": "yes", "scores": [True, 1]}, "`scores` must be a list"),
        ("label", {"prediction": "yes", "scores": [float("nan"), 1]}, "`scores` must be a list"),
        ("label", {"prediction": "yes", "scores": [float("-inf")] * 2}, "give one choice or label at least"),
        ("choice", {"prediction": "yes", "scores": []}, "give one choice or label at least"),
        ("choice", {"prediction": "yes", "scores": [1, 2], "score_tokens": [1]}, "`score_tokens` must be a list of whole"),
        ("choice", {"prediction": "yes", "scores": [1, 2], "score_tokens": [1, 0]}, "`score_tokens` must be"),
        ("nats", {"nats": 2.5, "tokens": 2}, "`nats`, `tokens` and `bytes`"),
        ("nats", {"nats": -1, "tokens": 2, "bytes": 3}, "none below 0"),
        ("nats", {"scores": [2.5, 2]}, "`nats`, `tokens` and `bytes`"),
        ("nats", {"scores": [2.5, 2.5, 3]}, "whole numbers"),
    ],
)  # fmt: skip
def test_bad_rows(form: Any, row: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_row(json.dumps({"id": 7, **row}), Asked("t", form, YES_NO if form == "label" else ()))


def test_likelihoods_stand_in_all_rows_or_in_none(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": n, "prediction": "yes", "scores": [0, 1], "score_tokens": [1, 1]} for n in range(4)
    ]
    del rows[1]["scores"], rows[2]["score_tokens"]
    write_rows(tmp_path / "t.jsonl", rows)
    with pytest.raises(InputError) as caught:
        check_predictions(tmp_path, Asked("t", "label", YES_NO), ["0", "1", "2", "3"])
    assert [fault.message for fault in caught.value.faults] == [
        "1 ids without `scores`, which others have: 1",
        "2 ids without `score_tokens`, which others have: 1, 2",
    ]


def test_bad_rows_are_told_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"id": 0, "prediction": "yes", "scores": [1]}\n\n{"id": 1}\n{\n')
    with pytest.raises(InputError) as caught:
        check_predictions(tmp_path, Asked("t", "label", YES_NO), ["0", "1"])
    assert [fault.place and fault.place.line for fault in caught.value.faults] == [1, 3, 4]


@pytest.mark.parametrize(("scores", "sound"), [([0, 1, 2], True), ([0, 1], False)])
def test_there_is_a_score_for_each_choice_of_the_row(tmp_path: Path, scores: list[int], sound: bool) -> None:
    write_rows(tmp_path / "t.jsonl", [{"id": "a", "prediction": "x", "scores": scores}])
    asked = Asked("t", "choice")
    request = Request(0, asked, "a", 0, Question("q", choices=("x", "y", "z")), Generation())
    answers = Predictions(tmp_path).run([request])
    if sound:
        assert [output.scores for batch in answers for _, output in batch] == [[0.0, 1.0, 2.0]]
    else:
        with pytest.raises(InputError, match="t: row a has 3 choices, and its prediction 2 scores"):
            list(answers)
