"""The site of several runs in a browser: it asks nothing of the network, says nothing wrong, and leads to its runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import mtlbench as api
from tests.board.worlds import a_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_a_site_leads_to_its_runs(tmp_path: Path, chromium: Browser) -> None:
    old = a_run(tmp_path / "old", {"model": range(9), "poor": range(40)}, created="2026-11-01T00:00:00+00:00")
    new = a_run(tmp_path / "new", {"model": range(30)}, created="2026-12-01T00:00:00+00:00")
    api.publish([old, new], tmp_path / "site")
    page, told, asked = chromium.new_page(), [], []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "site/index.html").as_uri())
    assert page.locator("#history svg.plot").count() == 3
    assert page.locator("#history tbody tr").first.inner_text().split() == [
        "model", "overall", "2026-12-01", "–", "step", "▼", "−21.0",
    ]  # fmt: skip
    page.get_by_role("navigation", name="Pages of single runs").get_by_role("link").first.click()
    assert page.locator("h1").inner_text() == "moods"
    assert page.url.endswith(f"runs/{old.read_manifest().run}/index.html")
    assert not told
    assert all(url.startswith(("file:", "data:")) for url in asked)
    page.close()
