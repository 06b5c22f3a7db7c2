"""Sections in the terminal: what is brief of them, on consoles of any width."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from rich.cells import cell_len
from rich.console import Console

from mtlbench.report.blocks import MOST_LINES, print_section
from mtlbench.report.cells import Cell, missing
from mtlbench.report.notes import Notes
from mtlbench.report.section import Block, Column, Line, Section, Table, Told, names

COLUMNS = [*names("Task", "Model"), Column("Base", name=True, page=True), Column("Δ"), Column("Times", page=True)]


def line(task: str, model: str, cell: Cell, quiet: bool = False) -> Line:
    return Line([task, model, "never shown"], [cell, Cell("9.99×")], quiet)


def printed(blocks: Sequence[Block], width: int = 100, reasons: Sequence[str] = (), notes: Notes | None = None) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width)
    print_section(Section("s", "Some title", "An intro.", blocks), reasons, console, notes or Notes())
    return stream.getvalue()


def test_only_what_is_brief_is_shown() -> None:
    blocks = [
        Table("Shown", COLUMNS, [line("mood", "a", Cell("+1.0", "[0.1, 1.9]"))], brief=True),
        Table("Hidden", COLUMNS, [line("mood", "a", Cell("+2.0"))]),
        Told("A finding.", brief=True),
        Told("A caveat."),
    ]
    text = printed(blocks)
    assert "Some title" in text
    assert "+1.0 [0.1, 1.9]" in text
    assert "A finding." in text
    for part in ("Hidden", "+2.0", "A caveat.", "never shown", "Base", "9.99×"):
        assert part not in text
    assert printed(blocks[1::2]) == ""


def test_a_name_is_told_once_for_the_lines_that_it_leads() -> None:
    lines = [line("mood", "a", Cell("+1.0")), line("mood", "b", Cell("+2.0")), line("topic", "b", Cell("+3.0"))]
    for width in (100, 22):
        text = printed([Table("T", COLUMNS, lines, brief=True)], width)
        assert (text.count("mood"), text.count("topic")) == (1, 1)


@pytest.mark.parametrize("width", [45, 60])
def test_a_narrow_console_loses_nothing(width: int) -> None:
    lines = [line("a-task-of-a-long-name", "a-model-of-a-long-name", Cell("▼ −12.3", "[−20.1, −4.2]"))]
    text = printed([Table("T", COLUMNS, lines, brief=True)], width)
    assert all(cell_len(each) <= width for each in text.splitlines())
    for part in ("a-task-of-a-long-name", "▼", "−12.3", "−4.2]"):
        assert part in text
    assert "…" not in text


def test_quiet_lines_of_a_long_table_are_counted() -> None:
    quiet = [line(f"t{n}", "a", Cell("≈ 0.0"), quiet=True) for n in range(MOST_LINES)]
    text = printed([Table("T", COLUMNS, [*quiet, line("loud", "a", Cell("▲ +9.0"))], brief=True)])
    assert "≈" not in text
    assert "▲ +9.0" in text
    assert f"{MOST_LINES} more are in results.json and on the page." in text


def test_of_too_many_lines_that_tell_something_the_first_are_shown() -> None:
    lines = [line(f"t{n}", "a", Cell("▲ +9.0")) for n in range(MOST_LINES + 3)]
    text = printed([Table("T", COLUMNS, lines, brief=True)])
    assert text.count("▲ +9.0") == MOST_LINES
    assert "3 more are in results.json and on the page." in text


def test_reasons_are_numbered_as_they_are_shown() -> None:
    page, shown = Notes(), Notes()
    page.number("told on the page alone")
    lines = [line("mood", "a", missing("no baseline", page))]
    assert "–¹" in printed([Table("T", COLUMNS, lines, brief=True)], reasons=page.reasons, notes=shown)
    assert shown.reasons == ["no baseline"]


def test_names_that_mean_harm_are_shown_as_text() -> None:
    hostile = line("[bold red]x[/]", "\x1b[31mred\u202e", Cell("[link=x]1[/]"))
    text = printed([Table("T", COLUMNS, [hostile], brief=True), Told("\x1b]0;t\x07[b]", brief=True)])
    assert "[bold red]x[/]" in text
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
