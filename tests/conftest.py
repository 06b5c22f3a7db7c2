"""Fixtures that several rooms' tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import checkpoints

# Tiny models gain nothing from threads, and tests that run side by side would fight for the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test has a cache of its own, and reaches for no hub."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("MTLBENCH_CACHE", str(folder))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return folder


@pytest.fixture(scope="session")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoints.text2text(tmp_path_factory.mktemp("t5"), "t5")


@pytest.fixture(scope="session")
def bart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoints.text2text(tmp_path_factory.mktemp("bart"), "bart")
