"""The JSON Schema says of a suite what the loader says."""

from __future__ import annotations

import jsonschema
import pytest

from mtlbench.suite.draft import read_suite
from mtlbench.suite.schema import suite_schema
from mtlbench.suite.tree import plain
from tests.suite.conftest import Write
from tests.suite.examples import VALID

SCHEMA = suite_schema()
MODEL, TASK, NAME = "    trained_on: [sentiment, translation]", "    kind: translation", "name: small"


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        (MODEL, "    trained_on: {sentiment: 0.5}"),
        (MODEL, "    dtype: ${env:MTLBENCH_TEST_DTYPE}"),
        (MODEL, "    generation: {num_beams: 4}\n    tasks: [sentiment]"),
        (NAME, "name: small\nseed: 3\noverall: {weights: size}"),
        ("[negative, positive]", "{negative: 0, positive: 1}"),
        ("[negative, positive]", "[0, true, x]"),
        ("[accuracy, {f1: {}}]", "[accuracy, {f1: }, {name: mcc, options: {}}]"),
        ("reference: target", "reference: [target, other]"),
    ],
)
def test_what_the_loader_takes(write: Write, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    monkeypatch.setenv("MTLBENCH_TEST_DTYPE", "float32")
    draft = read_suite(write(VALID.replace(old, new)))
    assert draft.faults == []
    assert draft.written is not None
    jsonschema.validate(plain(draft.written, resolved=False), SCHEMA)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version: 1", "version: 2"),
        ("name: small\n", ""),
        (NAME, "name: a/b"),
        (NAME, "name: small\nseed: -1"),
        (NAME, "name: small\nsead: 1"),
        (NAME, "name: small\noverall: {weights: equl}"),
        ("  joint:", "  joint model:"),
        ("    checkpoint: google/flan-t5-small\n", ""),
        (MODEL, "    predictions: x"),
        (MODEL, "    trained_on: {sentiment: -0.5}"),
        (MODEL, "    trained_on: 3"),
        ("[negative, positive]", "[negative]"),
        ("[negative, positive]", "[negative, negative]"),
        ("[negative, positive]", "[negative, 1.5]"),
        ("[accuracy, {f1: {}}]", "[]"),
        ("[accuracy, {f1: {}}]", "[{f1: {}, mcc: {}}]"),
        ("[accuracy, {f1: {}}]", "[{f1: 3}]"),
        ("[accuracy, {f1: {}}]", "[{name: f1, optoins: {}}]"),
        ("reference: target", "reference: 3"),
        ("    reference: target\n", ""),
        ("      hub: wmt16\n", ""),
        ("      split: test\n", ""),
    ],
)
def test_what_the_loader_refuses(write: Write, old: str, new: str) -> None:
    text = VALID.replace(old, new)
    assert text != VALID
    draft = read_suite(write(text))
    assert draft.faults
    assert draft.written is not None
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain(draft.written, resolved=False), SCHEMA)


@pytest.mark.parametrize("extends", ["base.yaml", ["a.yaml", "b.yaml"]])
def test_a_suite_that_extends_another_may_leave_things_out(extends: object) -> None:
    jsonschema.validate({"extends": extends, "tasks": {"t": {"weight": 2}}, "models": {"m": {}}}, SCHEMA)


def test_every_key_of_a_task_is_described() -> None:
    for part in ("Task", "Model", "Data"):
        for key, value in SCHEMA["$defs"][part]["properties"].items():
            assert "description" in value or "$ref" in value or key == "description", f"{part}.{key}"
