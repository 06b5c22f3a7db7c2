"""A page opened in Chromium, that must neither complain nor ask for anything but itself and its own data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@contextmanager
def opened(chromium: Browser, address: str, **options: Any) -> Iterator[Page]:
    page = chromium.new_page(reduced_motion="reduce", **options)
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    yield page
    assert complaints == []
    home = address.partition("#")[0]
    data = home.rpartition("/")[0] + "/data/"
    assert [url for url in asked if not url.startswith((home, data, "data:", "blob:"))] == []
    page.close()
