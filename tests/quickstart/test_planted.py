"""The recipe, trained from nothing, makes models in which a run finds what was planted."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.projects import command, the_run
from tests.quickstart.claims import ROOT, broken


@pytest.mark.slow
@pytest.mark.timeout(3 * 3600)
def test_the_family_trained_from_an_empty_folder_shows_all_that_was_planted(tmp_path: Path) -> None:
    for name in ("suites/quickstart", "suites/quickstart.yaml", "baselines/quickstart.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    (tmp_path / "suites/quickstart/family.yaml").unlink()
    for arguments in (("train", "baselines/quickstart.yaml"), ("run", "suites/quickstart.yaml")):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command(*arguments), cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "suites/quickstart/family.yaml").read_bytes() == (
        ROOT / "suites/quickstart/family.yaml"
    ).read_bytes()
    assert broken(the_run(tmp_path)) == []
