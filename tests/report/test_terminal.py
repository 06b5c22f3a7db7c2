"""The leaderboard on consoles of any width, with and without colour, and with names that mean harm."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from rich.cells import cell_len
from rich.console import Console

from mtlbench.report.console import open_console
from mtlbench.report.terminal import leaderboard
from mtlbench.results import Results
from mtlbench.results.schema import WarningRow
from tests.report.boards import board


def printed(results: Results, width: int, **options: object) -> str:
    stream = io.StringIO()
    leaderboard(results, Console(file=stream, width=width, **options))  # type: ignore[arg-type]
    return stream.getvalue()


@pytest.mark.parametrize("width", [60, 100, 200])
def test_every_score_is_there_at_every_width(realistic: Results, width: int) -> None:
    text = printed(realistic, width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    for name in [model.name for model in realistic.models] + [task.name for task in realistic.tasks]:
        assert name in text
    for row in realistic.scores:
        if row.headline and row.value is not None:
            assert f"{row.value:.1f}" in text
    assert "77.3 [76.4, 78.1]" in text
    assert "1–2" in text
    assert "12.5% covered" in text
    assert "…" not in text


def test_a_wide_console_needs_one_table(realistic: Results) -> None:
    text = printed(realistic, 200)
    heads = [line for line in text.splitlines() if "Model" in line]
    assert len(heads) == 1
    assert "question-answering" in text.splitlines()[text.splitlines().index(heads[0]) - 1]
    assert "exact_match" in heads[0]


def test_transfer_says_what_is_separable(realistic: Results) -> None:
    text = printed(realistic, 120)
    line = next(line for line in text.splitlines() if line.startswith("paraphrase  ") and "t5-small-joint" in line)
    assert line.split()[2:] == ["+3.0", "[+1.3,", "+4.7]", "0.004", "▲", "helps"]
    assert "▼ hurts" in text
    assert "≈ not separable" in text


def test_long_transfer_lists_only_what_is_separable(sized: Callable[[int, int], Results]) -> None:
    text = printed(sized(5, 12), 120)
    assert "≈" not in text
    assert "more are in results.json and on the page." in text


def test_missing_numbers_carry_their_reason(realistic: Results) -> None:
    text = printed(realistic, 100)
    assert "–¹" in text
    assert "¹ the baseline predicts one value for every row" in text


def test_warnings_are_grouped_and_limited() -> None:
    warnings = [WarningRow(code="w", where="here", message=f"message {n}") for n in range(13)]
    text = printed(board(["a"], ["sentiment"]).model_copy(update={"warnings": warnings}), 100)
    assert "here: message 9" in text
    assert "message 10" not in text
    assert "and 3 more in results.json" in text


def test_incomplete_runs_say_so(realistic: Results) -> None:
    assert "Incomplete" in printed(realistic.model_copy(update={"status": "incomplete"}), 100)
    assert "Incomplete" not in printed(realistic, 100)


def test_names_are_never_markup_nor_escapes(hostile: Results) -> None:
    text = printed(hostile, 200)
    assert "[bold red]red {{ 7 * 7 }}" in text
    assert not {"\x1b", "\x07", "\x00", "\u202e"} & set(text)


def test_the_best_is_bold_where_there_is_colour(realistic: Results) -> None:
    text = printed(realistic, 200, force_terminal=True, color_system="standard")
    assert re.search(r"\x1b\[1m *41\.3\x1b", text)
    assert not re.search(r"\x1b\[1m *35\.9\x1b", text)


def test_no_color_is_heeded(realistic: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = printed(realistic, 200, force_terminal=True, color_system="standard")
    assert "\x1b[32m" not in text


def test_a_file_is_wide_and_never_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    console = open_console(io.StringIO())
    assert console.width == 100
    assert not console.is_interactive
    monkeypatch.setenv("COLUMNS", "180")
    assert open_console(io.StringIO()).width == 180


def test_one_model_one_task_and_nothing_else() -> None:
    text = printed(board(["alone"], ["sentiment"], single=False), 80)
    assert "1 model × 1 task" in text
    assert "Transfer" not in text
    assert "Warnings" not in text
