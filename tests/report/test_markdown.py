"""A run as Markdown and as a LaTeX table: what is told, the best marked only where it is separable, names escaped."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mtlbench.report.latex import escaped as latex_escaped
from mtlbench.report.latex import latex_table
from mtlbench.report.markdown import cut, escaped, run_markdown
from mtlbench.report.standing import leaders
from mtlbench.report.wording import plain
from mtlbench.results import Results
from tests.report.boards import board, comparison_row, overall_row

NAMES = [
    "a|b", "<b>bold</b>", "[link](http://x.test)", "![img](http://x.test/a.png)", "https://x.test/a", "www.x.test", "`code`",
    "*a* _b_ ~c~", "&amp;", "@user", "#12", "a\\|b", "$x$",
]  # fmt: skip


def html(text: str) -> str:
    rendered: str = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    return rendered


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_and_does_nothing(name: str) -> None:
    table = html(f"| a | b |\n| --- | --- |\n| {escaped(name)} | next |\n")
    cells = re.findall(r"<td>(.*?)</td>", table)
    shown = unescape(cells[0]).replace("\u200b", "")
    assert (shown, cells[1]) == (name, "next")


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("|\\\\`*_[]()<>&#!~\"' \n"), max_size=30))
def test_any_text_is_one_cell_that_shows_it(text: str) -> None:
    (first, second) = re.findall(r"<td>(.*?)</td>", html(f"| a | b |\n| --- | --- |\n| {escaped(text)} | next |\n"))
    assert (unescape(first).replace("\u200b", ""), second) == (plain(text).replace("\u200b", ""), "next")


@pytest.mark.parametrize("name", ["https://x.test/a", "HTTP://x.test", "www.x.test", "@user", "#12"])
def test_github_finds_nothing_to_link(name: str) -> None:
    assert not re.search(r"https?://|www\.|@\w|(?<!&)#\d", escaped(name), re.IGNORECASE)


def test_a_run_is_told_whole(realistic: Results) -> None:
    text = run_markdown(realistic, 10**6)
    for name in [model.name for model in realistic.models] + [task.name for task in realistic.tasks]:
        assert f" {name} " in text or f" {name}<br>" in text
    assert "| t5-small-joint | 1–2 | <ins>77.3</ins> \\[76.4, 78.1\\] |" in text
    assert "## Transfer" in text
    assert "*Drawn on the page (index.html):*" in text
    assert "1. the baseline predicts one value for every row" in text
    assert text.index("12 inputs were cut") < text.index("## Transfer")


def test_what_is_bad_comes_first(realistic: Results) -> None:
    text = run_markdown(realistic, 10**6)
    table = text[text.index("Every difference") : text.index("</details>")]
    verdicts = [line.split("|")[-2].strip() for line in table.splitlines() if line.startswith("| ")][2:]
    assert verdicts == sorted(verdicts, key=lambda said: ("hurts" not in said, "not separable" in said))
    assert len(set(verdicts)) > 2


def test_a_long_run_loses_its_folded_tables_first(realistic: Results) -> None:
    whole = run_markdown(realistic, 10**6)
    text = run_markdown(realistic, len(whole.encode()) - 1)
    assert "<details>" in whole
    assert "<details>" not in text
    assert "Every difference with its interval and p-value: 24 rows, on the page." in text
    titles = [line for line in whole.splitlines() if line.startswith("#")]
    assert [line for line in text.splitlines() if line.startswith("#")] == titles


@pytest.mark.parametrize("most", [3_000, 5_000, 8_000])
def test_a_long_run_is_cut_and_says_so(realistic: Results, most: int) -> None:
    text = run_markdown(realistic, most)
    assert most - 1_500 < len(text.encode()) <= most
    assert "more lines do not fit; results.json holds everything" in text


def test_what_fits_exactly_is_not_cut() -> None:
    lines = ["é" * 150, "b"]
    assert cut(lines, 303, "x") == "é" * 150 + "\nb\n"
    assert cut(lines, 302, "x") == "\n**Cut: 2 more lines do not fit; x holds everything.**\n"


def two_models(delta: float, half: float, compared: bool = True) -> Results:
    """`a` before `b`, 70 and 68, compared overall."""
    rows = [overall_row("a", 1, 1, 1, 70, 1.0), overall_row("b", 2, 2, 2, 68, 1.0)]
    comparisons = [comparison_row("overall", "overall", "b", "a", -delta, half)] if compared else []
    return board(["a", "b"], ["sentiment"]).model_copy(update={"overall": rows, "comparisons": comparisons})


@pytest.mark.parametrize(
    ("results", "expected", "drawn"),
    [
        (two_models(2.0, 1.0), {"a"}, r"\textbf{70.0}"),
        (two_models(2.0, 3.0), {"a", "b"}, r"\underline{70.0}"),
        (two_models(2.0, 1.0, compared=False), set(), "70.0"),
    ],
)
def test_the_best_is_marked_only_where_it_is_separable(results: Results, expected: set[str], drawn: str) -> None:
    assert leaders(results, "overall") == expected
    assert f" & {drawn} {{[}}69.1, 70.8{{]}} &" in latex_table(results)


def test_where_less_is_better_the_least_leads() -> None:
    results = board(["a", "b"], ["sentiment"], single=False)
    task = results.tasks[0]
    turned = task.metrics[0].model_copy(update={"higher_is_better": False})
    scores = [
        row.model_copy(update={"value": {"a": 9.0, "b": 4.0}[row.model]}) for row in results.scores if row.headline
    ]
    row = comparison_row("sentiment", "accuracy", "a", "b", 5.0, 1.0)
    tasks = [task.model_copy(update={"metrics": [turned]})]
    assert leaders(
        results.model_copy(update={"tasks": tasks, "scores": scores, "comparisons": [row]}), "sentiment"
    ) == {"b"}


def test_one_model_alone_leads_nothing() -> None:
    assert leaders(board(["a"], ["sentiment"], single=False), "sentiment") == frozenset()


def test_the_latex_table(realistic: Results) -> None:
    lines = latex_table(realistic).splitlines()
    assert r"\begin{tabular}{l" + "r" * 10 + "}" in lines
    assert lines.count(r"\midrule") == 2
    rows = [line for line in lines if line.endswith(r"\\")]
    assert {line.count(" & ") for line in rows} == {10}
    assert rows[2].startswith(r"t5-small-joint & 1--2 & \underline{77.3} {[}76.4, 78.1{]} & ")
    assert any(line.startswith(r"single-sentiment & -- & 12.5\% covered & ") for line in rows)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("50% & a_b #1 $x$ {y}", r"50\% \& a\_b \#1 \$x\$ \{y\}"),
        (r"\input{a}", r"\textbackslash{}input\{a\}"),
        ("[2pt]* ~^", r"{[}2pt{]}{*} \textasciitilde{}\textasciicircum{}"),
        ("−1 – ↓", r"\ensuremath{-}1 -- \ensuremath{\downarrow}"),
        ("a\n\x1b[31mb", "a b"),
    ],
)
def test_latex_names_are_no_commands(name: str, shown: str) -> None:
    assert latex_escaped(name) == shown


def test_hostile_boards_are_tables_still(hostile: Results) -> None:
    columns = 3 + len(hostile.tasks)
    rows = [line for line in latex_table(hostile).splitlines() if line.endswith(r"\\")]
    assert {len(re.split(r"(?<!\\)&", line)) for line in rows} == {columns}
    rendered = html(run_markdown(hostile, 10**6))
    assert not re.search(r"<(script|img|svg)", rendered)
