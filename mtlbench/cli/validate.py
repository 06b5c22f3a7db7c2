"""`mtlbench validate`: everything that can be known before a model is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def validate(suite: Path, /, *, trust_remote_code: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Check a suite, its data and its checkpoints' files without loading a model; tells every fault at once.

    Parameters
    ----------
    suite
        The suite file.
    trust_remote_code
        Allow models whose suite says that they bring code.
    """
    from mtlbench.checking import load_suite

    loaded = load_suite(suite, trust_remote_code=trust_remote_code)
    rows = sum(len(dataset) for dataset in loaded.datasets.values())
    print(f"{suite}: {len(loaded.suite.models)} models, {len(loaded.suite.tasks)} tasks, {rows:,} rows: no fault found")
    return 0
