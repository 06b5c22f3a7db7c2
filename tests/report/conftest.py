"""Results made by hand and one browser for all tests of the reports."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from mtlbench.results import Results
from mtlbench.results.schema import WarningRow
from tests.report.boards import HOSTILE, board, realistic_board

if TYPE_CHECKING:
    from playwright.sync_api import Browser

QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def realistic() -> Results:
    return realistic_board()


@pytest.fixture(scope="session")
def hostile() -> Results:
    """Every text that a user can set means harm."""
    results = board(list(HOSTILE), list(HOSTILE))
    scores = [row.model_copy(update={"value": None, "reason": HOSTILE[0]}) for row in results.scores[:2]]
    warnings = [WarningRow(code=HOSTILE[0], where=HOSTILE[1], message=HOSTILE[2])]
    suite = results.suite.model_copy(update={"name": HOSTILE[0], "description": HOSTILE[1]})
    models = [model.model_copy(update={"description": HOSTILE[2], "source": HOSTILE[0]}) for model in results.models]
    return results.model_copy(
        update={"scores": scores + results.scores[2:], "warnings": warnings, "suite": suite, "models": models}
    )


@pytest.fixture(scope="session")
def sized() -> Callable[[int, int], Results]:
    """A board of so many multi-task models and tasks, with a single-task model for each task."""
    return lambda models, tasks: board(
        [f"model-{n:02d}" for n in range(models)], [f"task-{n:02d}" for n in range(tasks)]
    )


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    sync_api = pytest.importorskip("playwright.sync_api")
    if path is None:
        pytest.skip("no Chromium here")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET.split())
        yield browser
        browser.close()
