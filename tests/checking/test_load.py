"""Loading a suite: what comes back, and what is never imported on the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mtlbench.checking import load_suite
from mtlbench.suite.faults import SuiteError
from tests.checking.conftest import Edit

HEAVY = ("torch", "transformers", "datasets", "evaluate", "sklearn")


def test_a_sound_suite_comes_with_its_rows(edit: Edit, folder: Path) -> None:
    loaded = load_suite(str(edit()))
    assert loaded.suite.name == "small"
    assert loaded.folder == folder
    assert {name: len(dataset) for name, dataset in loaded.datasets.items()} == {
        "sentiment": 3,
        "similarity": 2,
        "summary": 2,
    }


def test_a_missing_file_is_one_fault(tmp_path: Path) -> None:
    with pytest.raises(SuiteError) as caught:
        load_suite(tmp_path / "none.yaml", tasks={"a"})
    assert [fault.message for fault in caught.value.faults] == ["no such file"]


def test_nothing_heavy_is_imported(edit: Edit) -> None:
    code = (
        "import sys, time; from mtlbench.checking import load_suite; load_suite(sys.argv[1]); "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(edit())], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
