"""A toy project in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training import tiny


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    return tiny.project(tmp_path / "project")
