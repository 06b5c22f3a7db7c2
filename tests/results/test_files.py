"""Files are written whole or not at all, and a folder is held by one process."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtlbench.results.files import locked, replacing, write_text
from mtlbench.results.folder import RunFolder, find_run
from mtlbench.suite.faults import InputError


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_text(path, "before")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(InputError, match="another mtlbench run"), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


@pytest.mark.parametrize("content", ["", "{}", '{"schema_version": 2}', "[1]", '{"status": "complete"'])
def test_results_that_are_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "results.json").write_text(content)
    with pytest.raises(InputError, match="results"):
        RunFolder(tmp_path).read_results()


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run"):
        find_run(tmp_path)
