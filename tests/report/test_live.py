"""What a reader does with the page of 10 models × 20 tasks × 2,000 examples: weighs, sorts, looks at examples, prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mtlbench.analysis.reweighing import reweighed
from mtlbench.report.html import Material, write_page, write_site
from mtlbench.results import Results
from mtlbench.results.replicates import Replicates
from tests.report.boards import board
from tests.report.browsing import opened
from tests.report.materials import HARM, made_material, made_samples

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCHEMES: tuple[Any, ...] = ("light", "dark")


@pytest.fixture(scope="module")
def big() -> Results:
    return board([f"model-{n}" for n in range(10)], [f"task-{n:02d}" for n in range(20)], single=False)


@pytest.fixture(scope="module")
def material(big: Results) -> Material:
    return made_material(big, 2_000)


@pytest.fixture(scope="module")
def site(big: Results, material: Material, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("site")
    assert write_site(big, folder, material) < 15_000_000
    return (folder / "index.html").as_uri()


@pytest.fixture(scope="module")
def one_file(big: Results, material: Material, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("one") / "index.html"
    assert write_page(big, path, Material(material.replicates, made_samples(big, 2_000, 50))) < 1_000_000
    return path.as_uri()


def ranking(page: Page) -> list[list[str]]:
    """Rank, model and overall score of each ranked row."""
    rows: list[list[str]] = page.eval_on_selector_all(
        "#ranking tbody:first-of-type tr",
        "rows => rows.map(row => [row.cells[0].textContent, row.querySelector('bdi').textContent,"
        " row.cells[2].firstChild.textContent])",
    )
    return rows


def weighted(page: Page, weights: list[float]) -> list[dict[str, Any]]:
    """What the page's script makes of the weights, by model."""
    found: list[dict[str, Any]] = page.evaluate(
        "weights => { const { ranked, unranked } = standings(weights, replicates, board.confidence);"
        " return [...ranked, ...unranked].sort((a, b) => a.model - b.model); }",
        weights,
    )
    return found


def test_weights_give_the_numbers_of_python(chromium: Browser, one_file: str, material: Material) -> None:
    draw = np.random.default_rng(1)
    held = material.replicates
    assert held is not None
    with opened(chromium, one_file) as page:
        for weights in (*draw.exponential(size=(4, 20)), np.eye(20)[3], np.ones(20)):
            compare_standings(page, held, weights)


def test_a_model_without_a_task_is_ranked_where_it_does_not_count(
    chromium: Browser, tmp_path: Path, realistic: Results
) -> None:
    material = made_material(realistic, 5)
    write_page(realistic, tmp_path / "index.html", material)
    assert material.replicates is not None
    weights = np.zeros(len(realistic.tasks))
    weights[0] = 1.0
    with opened(chromium, (tmp_path / "index.html").as_uri()) as page:
        before = len(ranking(page))
        compare_standings(page, material.replicates, weights)
        page.goto((tmp_path / "index.html").as_uri() + "#w=" + ",".join(f"{each:g}" for each in weights))
        assert len(ranking(page)) == before + 1, "the single-task model of the first task"


def compare_standings(page: Page, held: Replicates, weights: np.ndarray[Any, Any]) -> None:
    theirs = weighted(page, weights.tolist())
    ours = reweighed(weights, held.scores, held.drawn, 0.95)
    for mine, row in zip(ours, theirs, strict=True):
        assert row["coverage"] == pytest.approx(mine.coverage, abs=1e-6)
        if mine.value is None:
            assert row["value"] is None
            continue
        numbers = [row[key] for key in ("value", "low", "high")]
        assert numbers == pytest.approx([mine.value, mine.low, mine.high], abs=1e-6)
        places = [row[key] for key in ("rank", "best", "worst", "group")]
        assert places == [mine.rank, mine.rank_low, mine.rank_high, mine.group]


def test_a_weight_moves_the_ranking_and_stays_in_the_address(chromium: Browser, one_file: str) -> None:
    with opened(chromium, one_file) as page:
        declared = ranking(page)
        page.locator("#weighing summary").click()
        for number in range(1, 20):
            page.locator("#weighing input").nth(number).fill("0")
        moved = ranking(page)
        assert moved != declared
        assert [row[2] for row in moved] == sorted((row[2] for row in moved), key=float, reverse=True)
        assert page.locator("#weighing output").first.text_content() == "100%"
        assert page.locator("#tasks tfoot .share").all_text_contents() == ["100%", *["0%"] * 19]
        assert "Under your weights" in (page.locator("#ranking .intro").text_content() or "")
        address = page.url
        with opened(chromium, address) as again:
            assert ranking(again) == moved
        page.locator("#weighing button[value=declared]").click()
        assert ranking(page) == declared
        assert "w=" not in page.url


def test_sorting_is_in_the_address(chromium: Browser, one_file: str) -> None:
    with opened(chromium, one_file) as page:
        page.locator("#tasks .heat thead button").nth(3).click()
        page.locator("#ranking thead button").nth(1).click()
        order = page.locator("#tasks .heat tbody th").all_text_contents()
        assert [row[1] for row in ranking(page)] == sorted(row[1] for row in ranking(page))
        with opened(chromium, page.url) as again:
            assert again.locator("#tasks .heat tbody th").all_text_contents() == order
            assert again.locator("#tasks .heat th[aria-sort=descending]").count() == 1


def test_examples_of_a_site_are_filtered_and_paged(chromium: Browser, site: str, material: Material) -> None:
    task = material.samples[2]
    with opened(chromium, site) as page:
        page.locator("#samples [name=task]").select_option("task-02")
        page.locator("article.sample").first.wait_for()
        assert page.locator("article.sample").count() == 50
        assert page.locator("#sample-pages").text_content() == "Page 1 of 40Next →"
        page.locator("#sample-pages a").click()
        page.wait_for_function("document.querySelector('#sample-pages').textContent.includes('Page 2')")
        assert page.locator("article.sample header a").first.text_content() == task.samples[50].id
        page.locator("#samples [name=right]").select_option("model-0")
        page.locator("#samples [name=wrong]").select_option("model-1")
        flips = sum(each.values[0] == 1 and each.values[1] == 0 for each in task.samples)
        page.wait_for_function(
            f"document.querySelector('#sample-count').textContent.startsWith('{flips} shown')", timeout=5_000
        )
        with opened(chromium, page.url) as again:
            again.locator("article.sample").first.wait_for()
            assert (again.locator("#sample-count").text_content() or "").startswith(f"{flips} shown")


def test_an_example_opens_by_its_address(chromium: Browser, site: str, one_file: str) -> None:
    with opened(chromium, site + "#task=task-07&sample=id1234") as page:
        page.locator("article.sample").wait_for()
        assert page.locator("article.sample header a").all_text_contents() == ["id1234"]
        page.locator("#sample-pages a").click()
        page.wait_for_function("document.querySelectorAll('article.sample').length === 50")
    with opened(chromium, one_file + "#task=task-07&sample=id1234") as page:
        page.wait_for_function("document.querySelector('#sample-count').textContent")
        assert "id1234 is not among" in (page.locator("#sample-count").text_content() or "")


def test_what_models_wrote_does_nothing(chromium: Browser, one_file: str) -> None:
    with opened(chromium, one_file + "#task=task-00") as page:
        page.locator("article.sample").first.wait_for()
        assert page.locator("#samples img, #samples script").count() == 0
        said = page.locator("#samples .input bdi").all_text_contents()
        assert said[:2] == list(HARM[:2])
        assert said[2].startswith("⟨U+202E⟩evil")
        assert "⟨U+001B⟩[31m" in said[3]
        assert said[4] == "x" * 1000 + " … (999,000 more characters)"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_words_are_held_against_the_reference(chromium: Browser, one_file: str) -> None:
    cases = [
        ("a b c", ["a b c"], "a b c"),
        ("a x c", ["a b c"], "a <del>b</del> <ins>x</ins> c "),
        ("a b", ["a b c"], "a b <del>c</del> "),
        ("a x", ["q r s", "a y"], "a <del>y</del> <ins>x</ins> "),
        ("p q", ["a b"], "p q"),
        ("one", ["two"], "one"),
    ]
    with opened(chromium, one_file) as page:
        for answer, references, shown in cases:
            script = (
                "([a, r]) => { const p = document.createElement('p'); p.append(...held(a, r)); return p.innerHTML; }"
            )
            assert page.evaluate(script, [answer, references]) == shown


def test_downloads_hold_the_results(chromium: Browser, one_file: str, big: Results) -> None:
    with opened(chromium, one_file) as page:
        with page.expect_download() as saved:
            page.locator("button[data-download=results]").click()
        assert saved.value.suggested_filename == "results.json"
        loaded = Results.model_validate(json.loads(Path(saved.value.path()).read_text(encoding="utf-8")))
        assert [row.value for row in loaded.scores] == pytest.approx([row.value for row in big.scores], rel=1e-6)
        with page.expect_download() as saved:
            page.locator("button[data-download=overall]").click()
        lines = Path(saved.value.path()).read_text(encoding="utf-8").split()
        assert lines[0].startswith("model,value,ci_low")
        assert lines[1].startswith("model-0,77.3,")


@pytest.mark.parametrize("field", ["=1+1", "+x", "@sum", "-cmd"])
def test_no_field_of_a_download_is_a_formula(chromium: Browser, one_file: str, field: str) -> None:
    with opened(chromium, one_file) as page:
        assert page.evaluate("text => field(text)", field) == f"'{field}"
        assert page.evaluate("field(-1.5)") == "-1.5"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing(chromium: Browser, realistic: Results, tmp_path: Path, scheme: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    write_page(realistic, tmp_path / "index.html", made_material(realistic, 8))
    address = (tmp_path / "index.html").as_uri() + "#task=paraphrase&w=size"
    with opened(chromium, address, color_scheme=scheme) as page:
        page.locator("article.sample").first.wait_for()
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found = axe.run(page).response["violations"]
    assert [(each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in found] == []


def test_a_print_holds_what_is_folded_and_leaves_out_what_is_pressed(chromium: Browser, one_file: str) -> None:
    with opened(chromium, one_file) as page:
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).colorScheme") == "light"
        assert not page.locator(".downloads, .filters").first.is_visible()
        assert page.pdf(landscape=True).startswith(b"%PDF")
