"""Regression: the output is a number written as text, as in T5's STS-B."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from mtlbench.suite.declarations import Generation, Task
from mtlbench.tasks.base import BadReference, Produces, Stored, TaskKind, as_text, read_one

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


class Regression(TaskKind):
    """An output that is no finite decimal number is invalid: counted, reported, and scored as `invalid_value`."""

    names = ("regression",)
    form = "number"
    produces: ClassVar[tuple[Produces, ...]] = ("number",)
    default_metrics = ("pearson", "spearman")
    always = ("invalid_rate",)
    generation = Generation(max_new_tokens=16)
    takes = frozenset({"invalid_value"})

    def __init__(self, task: Task) -> None:
        self._columns = task.references

    def references(self, row: Mapping[str, Any]) -> list[str]:
        found = read_one(self._columns, row, "numbers")
        if parse_number(found) is None:
            raise BadReference(f"“{found}” is no number")
        return [found]

    def target(self, references: list[str]) -> float:
        return float(references[0])

    def predict(self, output: str) -> float | None:
        return parse_number(output)

    def show(self, row: Stored) -> str | None:
        prediction = self.predict(row.output)
        return None if prediction is None else as_text(prediction)


def parse_number(text: str) -> float | None:
    """The finite number that `text` is, else None (“nan”, “inf” and “1_000”, which `float` takes, are none)."""
    stripped = text.strip()
    if not NUMBER.fullmatch(stripped):
        return None
    value = float(stripped)
    return value if math.isfinite(value) else None
