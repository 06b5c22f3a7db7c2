"""Whatever a suite says, loading it ends in a suite or in faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtlbench.checking import load_suite
from mtlbench.suite.faults import InputError
from mtlbench.suite.render import render_faults
from tests.checking.conftest import SUITE
from tests.checking.finding import faults_of

LINES = SUITE.splitlines()
VALUES = st.sampled_from(
    ["", "~", "3", "-1e9", ".nan", "true", "x", "[]", "[x, y]", "{}", "{x: y}", '"\\0"', "../..", "a" * 5000, "/", ".", "~/x",
     '"{"', '"{text} {{}}"', "[[text]]", "{hub: x, split: y}", "{path: data}", "classification", "[f1, mcc, bleu]",
     "[{bleu: {tokenize: [1], lowercase: {}}}]", "{a: 1, b: 2}", "[1, true]", "*x", "${env:NO_SUCH_VARIABLE}", "auto"]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The sound suite with the values of some keys put wrong."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        key = lines[at].partition(":")[0]
        lines[at] = f"{key}: {draw(VALUES)}"
    return "\n".join(lines)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=mutated())
def test_only_input_errors_are_raised(folder: Path, text: str) -> None:
    (folder / "suite.yaml").write_text(text, encoding="utf-8")
    assert render_faults(faults_of(folder / "suite.yaml"))


@pytest.mark.parametrize("name", ["\\0", "a" * 5000, "..", "/", "."])
@pytest.mark.parametrize(
    "key", ["extends: {}\nname: x", "models: {{m: {{checkpoint: {}}}}}", "models: {{m: {{predictions: {}}}}}"]
)
def test_paths_that_are_none(tmp_path: Path, key: str, name: str) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text(key.format(f'"{name}"'))
    with pytest.raises(InputError):
        load_suite(path)
