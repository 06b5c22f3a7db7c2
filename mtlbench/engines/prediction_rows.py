"""One row of predictions made elsewhere: a line of JSON → its id and the output that it stands for."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from mtlbench.engines.base import Asked, Output

JOINTS = {"tags": " ", "arcs": " ", "spans": " ", "labels": ", "}
"""Forms whose answer may be a list of texts, and what stands between them."""

NOTHING = {"spans": "none", "labels": "none"}
"""What an empty list stands for."""

NATS = ("nats", "tokens", "bytes")

LARGEST = 1e100
"""Of a score, beyond which it is no log-likelihood of anything."""


def parse_row(line: str, asked: Asked) -> tuple[str, Output]:
    """`id`, `prediction` and, from models that tell likelihoods, `scores` of the choices or labels in order and their
    `score_tokens`; of a text's likelihood `nats`, `tokens` and `bytes`. Raises ValueError.
    """
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ValueError(f"this line is no JSON: {error}") from error
    if not isinstance(row, dict) or "id" not in row:
        raise ValueError("a row needs `id` and `prediction`")
    if asked.form == "nats":
        return str(row["id"]), Output("", scores=_nats(row))
    text = _text(row, asked.form)
    if asked.form not in ("label", "choice") or row.get("scores") is None:
        return str(row["id"]), Output(text)
    scores = _scores(row["scores"])
    if asked.labels and len(scores) != len(asked.labels):
        raise ValueError(f"there are {len(scores)} `scores`, and {len(asked.labels)} labels")
    return str(row["id"]), Output(text, scores=scores, score_tokens=_score_tokens(row, len(scores)))


def _text(row: Mapping[str, Any], form: str) -> str:
    if "prediction" not in row:
        raise ValueError("a row needs `id` and `prediction`")
    value = row["prediction"]
    if isinstance(value, list) and form in JOINTS and all(isinstance(item, str) for item in value):
        return JOINTS[form].join(value) or NOTHING.get(form, "")
    if value is None or isinstance(value, dict | list):
        lists = ", or a list of texts" if form in JOINTS else ""
        raise ValueError(f"`prediction` must be text, a number or a truth value{lists}")
    return value if isinstance(value, str) else json.dumps(value)


def _scores(values: object) -> list[float]:
    if not isinstance(values, list) or not all(map(_is_score, values)):
        raise ValueError("`scores` must be a list of log-likelihoods, one for each choice or label in order")
    if not any(map(math.isfinite, values)):
        raise ValueError("`scores` must give one choice or label at least a likelihood")
    return [float(value) for value in values]


def _is_score(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and (value == -math.inf or abs(value) <= LARGEST)  # type: ignore[arg-type]


def _score_tokens(row: Mapping[str, Any], scores: int) -> list[int] | None:
    values = row.get("score_tokens")
    if values is None:
        return None
    if (
        not isinstance(values, list)
        or len(values) != scores
        or not all(type(n) is int and 0 < n < 2**31 for n in values)
    ):
        raise ValueError("`score_tokens` must be a list of whole numbers above 0, one for each of `scores`")
    return values


def _nats(row: Mapping[str, Any]) -> Sequence[float] | None:
    """(nats, tokens, bytes); None where the row has none of them."""
    found = row.get("scores")
    values = [row.get(key) for key in NATS] if found is None else found
    if found is None and values == [None] * 3:
        return None
    if not isinstance(values, list) or len(values) != 3 or not all(_is_score(value) and value >= 0 for value in values):
        raise ValueError(
            "likelihoods of a text are `nats`, `tokens` and `bytes`, or these three as `scores`; none below 0"
        )
    if any(value != int(value) for value in values[1:]):
        raise ValueError("`tokens` and `bytes` are whole numbers")
    return [float(value) for value in values]
