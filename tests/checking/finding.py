"""What loading a suite tells, in a form that a table of cases can hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mtlbench.checking import load_suite
from mtlbench.suite.faults import Fault, SuiteError

Expected = tuple[int | None, int | None, str]


def faults_of(path: Path, **choice: Any) -> list[Fault]:
    try:
        load_suite(path, **choice)
    except SuiteError as error:
        return error.faults
    return []


def told(faults: list[Fault]) -> list[str]:
    return [
        f"{fault.place and fault.place.file.name}:{fault.place and fault.place.line}:{fault.place and fault.place.column}: "
        f"{fault.message} | {fault.hint}"
        for fault in faults
    ]


def assert_faults(faults: list[Fault], expected: list[Expected], file: str = "suite.yaml") -> None:
    """Exactly these faults, each at its line and column, its message or hint holding the given part."""
    left = list(faults)
    for line, column, part in expected:
        match = next(
            (
                fault
                for fault in left
                if (fault.place and (fault.place.file.name, fault.place.line, fault.place.column))
                == (file, line, column)
                and part in f"{fault.message} | {fault.hint}"
            ),
            None,
        )
        assert match is not None, ((line, column, part), told(faults))
        left.remove(match)
    assert not left, told(left)
