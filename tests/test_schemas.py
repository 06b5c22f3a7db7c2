"""The committed JSON Schemas are those of the code; `make schema` writes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mtlbench.gate.verdict import Verdict
from mtlbench.results import Results
from mtlbench.results.record import Record
from mtlbench.suite.schema import recipe_schema, suite_schema

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("suites/suite.schema.json", suite_schema()),
        ("suites/recipe.schema.json", recipe_schema()),
        ("results/results.schema.json", Results.model_json_schema()),
        ("results/record.schema.json", Record.model_json_schema()),
        ("results/verdict.schema.json", Verdict.model_json_schema()),
    ],
)
def test_committed_schemas_are_current(path: str, schema: dict[str, object]) -> None:
    assert json.loads((ROOT / path).read_text(encoding="utf-8")) == schema
