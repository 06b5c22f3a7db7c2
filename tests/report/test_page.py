"""The page as text: nothing foreign runs in it, nothing is fetched, and it stays small."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mtlbench.report import axis, cells
from mtlbench.report.html import material, render_page, write_page, write_site
from mtlbench.results import Results
from mtlbench.suite.faults import InputError
from tests.report.boards import TASKS, board, comparison_row, transfer_row
from tests.report.materials import made_material

STATIC = Path(render_page.__code__.co_filename).parent / "static"
VOID = {"meta", "link", "img", "br", "input"}


class Reader(HTMLParser):
    """Collects tags, attributes and texts, and checks that elements nest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_sections_and_numbers(realistic: Results) -> None:
    page = render_page(realistic)
    for part in (
        "Ranking",
        "Tasks",
        "Transfer",
        "Comparisons",
        "Fairness",
        "Forgetting",
        "Data efficiency",
        "Efficiency",
        "How to read this",
    ):
        assert f">{part}</h2>" in page
    assert "77.3<small><bdi>[76.4, 78.1]</bdi></small>" in page
    assert "1 other model may be as good" in page
    assert "constant predictions: Pearson is not defined" in page
    reasons = re.findall(r'<li id="note-\d+"><bdi>(.*?)</bdi>', page)
    assert len(reasons) == len(set(reasons)) >= 2, "each reason told once"
    assert "12 inputs were cut to 512 tokens" in page
    assert "Incomplete" not in page
    assert "Incomplete" in render_page(realistic.model_copy(update={"status": "incomplete"}))


def test_every_table_has_a_caption_and_every_head_a_scope(realistic: Results) -> None:
    tags = Reader(render_page(realistic)).tags
    names = [name for name, _ in tags]
    assert names.count("table") == names.count("caption")
    assert all("scope" in attributes for name, attributes in tags if name == "th")
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {(attributes.get("href") or "") for name, attributes in tags if name == "a"}
    assert all(target[1:] in ids for target in targets)


def test_names_that_mean_harm_are_text(hostile: Results) -> None:
    page = render_page(hostile, made_material(hostile, 8))
    reader = Reader(page)
    names = [name for name, _ in reader.tags]
    runs = [each for name, each in reader.tags if name == "script" and each.get("type") != "application/json"]
    assert runs == [{}]
    assert names.count("style") == 1
    assert "img" not in names
    attributes = {key for _, each in reader.tags for key in each}
    assert not {key for key in attributes if key.startswith("on")}
    assert "style" not in attributes
    assert "{{ 7 * 7 }}" in page
    assert not {"\x1b", "\x00", "\x07", "\u202e"} & set(page)


def test_the_policy_allows_what_is_inlined_and_nothing_else(realistic: Results) -> None:
    page = render_page(realistic)
    policy = next(each["content"] for name, each in Reader(page).tags if name == "meta" and "http-equiv" in each)
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert text is not None
        digest = base64.b64encode(hashlib.sha256(text[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_a_run_of_ten_models_on_twenty_tasks_is_below_a_megabyte(sized: Callable[[int, int], Results]) -> None:
    results = sized(10, 20)
    assert len(render_page(results, made_material(results, 2000, 50)).encode()) < 1_000_000


def test_pages_are_written_whole_and_the_same_each_time(realistic: Results, tmp_path: Path) -> None:
    held = made_material(realistic, 20)
    size = write_page(realistic, tmp_path / "one" / "index.html", held)
    text = (tmp_path / "one" / "index.html").read_text(encoding="utf-8")
    assert text == render_page(realistic, held)
    assert size == len(text.encode())


def test_a_site_has_the_examples_of_each_task_beside_it(realistic: Results, tmp_path: Path) -> None:
    size = write_site(realistic, tmp_path, made_material(realistic, 20))
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert [path.stem for path in files] == sorted(["index", *TASKS], key=lambda name: (name == "index", name))
    assert size == sum(path.stat().st_size for path in files)
    assert 'id="samples-0"' not in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_page_that_browsers_cannot_open_is_refused(
    realistic: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mtlbench.report.html.page.MOST", 10_000)
    with pytest.raises(InputError, match="would have 0 MB"):
        write_page(realistic, tmp_path / "index.html")
    assert not (tmp_path / "index.html").exists()
    assert write_page(realistic, tmp_path / "index.html", force=True) > 10_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("as it is", "as it is"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31m\x00\u202e", "⟨U+001B⟩[31m⟨U+0000⟩⟨U+202E⟩"),
        ("x" * 1002, "x" * 1000 + " … (2 more characters)"),
    ],
)
def test_texts_of_models_are_shown_without_harm(text: str, shown: str) -> None:
    assert material.seen(text) == shown


def test_inline_json_ends_no_element() -> None:
    text = material.inline_json({"a": "</script><!--"})
    assert "<" not in text
    assert json.loads(text) == {"a": "</script><!--"}


def test_a_bare_run_has_no_empty_sections() -> None:
    page = render_page(
        board(["alone"], ["sentiment"], single=False).model_copy(update={"efficiency": [], "overall": []})
    )
    Reader(page)
    assert "none is ranked" in page
    for part in ("transfer", "comparisons", "fairness", "forgetting", "efficiency", "notes"):
        assert f'id="{part}"' not in page


def test_transfer_with_two_baselines_keeps_both() -> None:
    results = board(["a"], ["sentiment"])
    rows = [transfer_row("a", "sentiment", delta, 1.0, 0.001) for delta in (4.0, -3.0)]
    rows[1] = rows[1].model_copy(update={"baseline": "another"})
    page = render_page(results.model_copy(update={"transfer": rows}))
    assert "▲ +4.0" in page
    assert "▼ −3.0" in page
    assert "<bdi>− another</bdi>" in page


def test_what_lacks_an_interval_says_why() -> None:
    results = board(["a"], ["sentiment"])
    why = {"ci_low": None, "ci_high": None, "reason": "one row has no interval"}
    lists = {
        "scores": [row.model_copy(update=why) for row in results.scores],
        "overall": [row.model_copy(update=why) for row in results.overall],
        "transfer": [row.model_copy(update=why | {"relative": None}) for row in results.transfer],
    }
    page = render_page(results.model_copy(update=lists))
    assert "<small><bdi>one row has no interval</bdi></small>" in page
    assert page.count('href="#note-1"') == len(results.scores) * 3 // 2 + 2
    assert page.count("<li id=") == 1


def test_comparisons_show_a_verdict() -> None:
    results = board(["a", "b"], ["sentiment"], single=False)
    rows = [
        comparison_row("overall", "overall", "a", "b", 5.0, 1.0),
        comparison_row("sentiment", "accuracy", "a", "b", 0.2, 1.0),
    ]
    page = render_page(results.model_copy(update={"comparisons": rows}))
    assert '<td class="good">▲ better</td>' in page
    assert "0 of 1 difference separable" in page


def test_colours_stay_readable() -> None:
    """Contrast of text on each step of the heat maps, and of the page's inks on its papers, in both schemes."""
    css = (STATIC / "colours.css").read_text(encoding="utf-8")
    pair = r"light-dark\((#\w+), (#\w+)\)"
    steps = re.findall(rf"background: {pair}; color: {pair};", css)
    assert len(steps) == cells.DEEPEST + 1 + 2 * (cells.STRONGEST + 1)
    for *papers, light, dark in steps:
        assert contrast(papers[0], light) >= 4.5
        assert contrast(papers[1], dark) >= 4.5
    named = {name: (light, dark) for name, light, dark in re.findall(rf"--([\w-]+): {pair};", css)}
    inks = [("paper", ink) for ink in ("ink", "muted", "accent", "good", "bad", "warn-ink")]
    for paper, ink in [*inks, ("raised", "ink"), ("warn-paper", "warn-ink")]:
        assert all(contrast(*colours) >= 4.5 for colours in zip(named[paper], named[ink], strict=True)), (paper, ink)


def contrast(one: str, other: str) -> float:
    """WCAG 2: (L₁ + 0.05) ÷ (L₂ + 0.05)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("values", "low", "high", "ticks"),
    [
        ((71.2, 78.9), 70.0, 80.0, 6),
        ((50.0, 50.0), 50.0, 50.2, 2),
        ((-12.0, 40.0), -20.0, 40.0, 4),
        ((), 0.0, 100.0, 3),
    ],
)
def test_an_axis_is_round_and_holds_its_values(values: tuple[float, ...], low: float, high: float, ticks: int) -> None:
    made = axis.axis_over(values)
    assert (made.low, made.high, len(made.ticks)) == pytest.approx((low, high, ticks))


def test_near_equal_scores_look_near_equal() -> None:
    assert cells.sequential(90.1, [90.0, 90.1], True) == "s6"
    assert cells.sequential(90.0, [90.0, 90.1], True) == "s6"
    assert cells.sequential(50.0, [50.0, 90.0], True) == "s0"
    assert cells.sequential(50.0, [50.0, 90.0], False) == "s6"
