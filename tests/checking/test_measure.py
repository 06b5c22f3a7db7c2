"""What a suite may ask to be measured, and what it needs for that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checking.conftest import Edit
from tests.checking.finding import assert_faults, faults_of

MISSING = "`energy` needs codecarbon, which is not installed | pip install 'mtlbench[energy]'"


@pytest.mark.parametrize(
    ("measure", "column", "message"),
    [
        ("[flops]", None, ""),
        ("[flops, energy]", 18, MISSING),
        ("[emissions]", 11, "flops"),
    ],
)
def test_what_may_be_measured(
    measure: str, column: int | None, message: str, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mtlbench.checking.measure.is_measurable", lambda: False)
    path = edit(("models:\n", f"measure: {measure}\nmodels:\n"))
    assert_faults(faults_of(path), [(3, column, message)] if column else [])


def test_energy_is_told_beside_other_faults(edit: Edit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtlbench.checking.measure.is_measurable", lambda: False)
    path = edit(("models:\n", "measure: [energy]\nmodels:\n"), ("kind: regression", "kind: regresion"))
    assert_faults(faults_of(path), [(3, 11, MISSING), (20, 11, "regresion")])


def test_with_codecarbon_there_is_no_fault(edit: Edit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "codecarbon.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert faults_of(edit(("models:\n", "measure: [energy]\nmodels:\n"))) == []
