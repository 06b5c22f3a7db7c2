"""The page in a real browser: it runs from a file, sorts, changes with the scheme, and asks nobody for anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mtlbench.report.html import write_page
from mtlbench.results import Results
from tests.report.browsing import opened
from tests.report.materials import made_material

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def address(realistic: Results, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("site") / "index.html"
    write_page(realistic, path, made_material(realistic, 20))
    return path.as_uri()


def column(page: Page, number: int) -> list[str]:
    texts: list[str] = page.eval_on_selector_all(
        f"#tasks .heat[data-sortable] tbody td:nth-child({number})",
        "cells => cells.map(c => c.firstChild?.textContent ?? '')",
    )
    return texts


def test_a_column_sorts_by_mouse_and_keyboard(chromium: Browser, address: str) -> None:
    with opened(chromium, address) as page:
        head = page.locator("#tasks .heat[data-sortable] thead th").nth(2)
        assert head.get_attribute("aria-sort") == "none"
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == "descending"
        scores = [float(text) for text in column(page, 3) if text]
        assert len(scores) == 4
        assert scores == sorted(scores, reverse=True)
        assert column(page, 3)[4:] == [""] * 7, "missing scores come last"
        head.locator("button").focus()
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == "ascending"
        assert [float(text) for text in column(page, 3) if text] == sorted(scores)
        assert column(page, 3)[4:] == [""] * 7
        assert page.locator("thead th[aria-sort=descending]").count() == 0
        assert page.locator("#told").text_content() == "Sorted by sentiment, ascending"
        page.locator("#tasks .heat[data-sortable] thead button").first.click()
        names = page.locator("#tasks .heat[data-sortable] tbody th").all_text_contents()
        assert names == sorted(names)


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_the_scheme_decides_the_paper(chromium: Browser, address: str, scheme: str, dark: bool) -> None:
    with opened(chromium, address, color_scheme=scheme) as page:
        paper, cell = (
            page.evaluate(f"getComputedStyle(document.querySelector('{where}')).backgroundColor")
            for where in ("body", ".s6")
        )
        assert (brightness(paper) < 60) == dark
        assert (brightness(cell) > brightness(paper)) == dark


def brightness(colour: str) -> float:
    return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")) / 3


@pytest.mark.parametrize("width", [360, 1280])
def test_wide_tables_scroll_and_the_page_does_not(chromium: Browser, address: str, width: int) -> None:
    with opened(chromium, address, viewport={"width": width, "height": 800}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_paper_shows_what_is_folded(chromium: Browser, address: str) -> None:
    with opened(chromium, address) as page:
        assert page.locator("details[open]").count() == 0
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details:not([open])").count() == 0
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("details[open]").count() == 0


def test_a_missing_number_leads_to_its_reason(chromium: Browser, address: str) -> None:
    with opened(chromium, address) as page:
        link = page.locator("#transfer .matrix td.null a")
        link.click()
        note = page.locator("#notes li.here")
        assert note.text_content() == "the baseline predicts one value for every row"
        assert link.get_attribute("title") == note.text_content()


def test_hostile_names_run_nothing(chromium: Browser, hostile: Results, tmp_path: Path) -> None:
    write_page(hostile, tmp_path / "index.html", made_material(hostile, 8))
    with opened(chromium, (tmp_path / "index.html").as_uri()) as page:
        assert page.locator("img").count() == 0
        assert page.locator(".ranking tbody th bdi").first.text_content() == "</script><img src=x onerror=alert(1)>"
        assert page.title().startswith("</script>")
