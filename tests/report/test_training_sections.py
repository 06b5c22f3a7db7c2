"""Forgetting and data efficiency on the page: their numbers, their figures, and what is missing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from mtlbench.report.axis import log_axis_over
from mtlbench.report.html import render_page
from mtlbench.report.notes import Notes
from mtlbench.report.plot import BASELINE, LINE, Line, Mark, name_places, plot
from mtlbench.report.section import Figure, Section, Table
from mtlbench.report.sections import data_efficiency, forgetting
from mtlbench.results import Results
from mtlbench.results.schema import ForgettingRow
from tests.report.boards import HOSTILE, board
from tests.report.test_page import Reader
from tests.report.training_boards import with_curves, with_sequence

BARE = board(["t5-small-joint"], ["sentiment", "translation"])


def tables(section: Section | None) -> list[Table]:
    assert section is not None
    return [block for block in section.blocks if isinstance(block, Table)]


def figures(section: Section | None) -> list[Figure]:
    assert section is not None
    return [block for block in section.blocks if isinstance(block, Figure)]


def texts(table: Table) -> list[list[str]]:
    return [[*line.names, *(cell.text for cell in line.cells)] for line in table.lines]


def test_averages_and_tasks_of_a_sequence() -> None:
    notes = Notes()
    averages, comparisons, by_task, retention = tables(forgetting.view(with_sequence(BARE), notes))
    assert averages.brief
    assert texts(averages) == [["curriculum", "75.0", "▼ +4.2", "▼ −4.2", "≈ +1.2", "≈ 0.0"]]
    assert texts(comparisons) == [["curriculum", "curriculum with EWC", "▼ +3.1", "[+1.0, +5.2]", "0.002"]]
    assert texts(by_task)[1] == ["curriculum", "translation", "1", "70.0", "–", "70.0", "–", "–", "≈ +1.2", "≈ −0.5"]
    assert texts(retention)[1] == ["1 · curriculum-1", "80.0", "–"]
    assert notes.reasons == [
        "learned in the last stage: nothing came after it",
        "curriculum-1 was not run on translation",
    ]


def test_a_difference_without_an_interval_says_why() -> None:
    results, notes = with_sequence(BARE), Notes()
    bare = {"ci_low": None, "ci_high": None, "reason": "not defined in 400 of 500 resamples"}
    rows = [row.model_copy(update=bare if row.measure == "backward" else {}) for row in results.forgetting]
    averages, *_ = tables(forgetting.view(results.model_copy(update={"forgetting": rows}), notes))
    cell = averages.lines[0].cells[2]
    assert (cell.text, cell.detail, cell.note) == ("≈ −4.2", "", 1)
    assert notes.reasons[0] == "not defined in 400 of 500 resamples"


def test_a_sequence_is_a_point_where_both_averages_are_known() -> None:
    (figure,) = figures(forgetting.view(with_sequence(BARE), Notes()))
    (drawn,) = figure.drawn
    (line,) = drawn.lines
    assert (line.name, len(line.dots), len(line.whiskers), line.strokes) == ("curriculum", 1, 2, [])

    def unlearned(row: ForgettingRow) -> ForgettingRow:
        return row.model_copy(update={"value": None} if row.measure == "learned" else {})

    results = with_sequence(BARE)
    rows = [unlearned(row) for row in results.forgetting]
    assert figures(forgetting.view(results.model_copy(update={"forgetting": rows}), Notes())) == []


def test_rows_to_reach_and_areas() -> None:
    notes = Notes()
    at_full, areas, below, points = tables(data_efficiency.view(with_curves(BARE), notes))
    assert at_full.brief
    names = ["sentiment", "t5-small-joint", "single-sentiment"]
    assert texts(at_full) == [[*names, "84.0", "10,000", "3,226", "▲ 3.10×", "[2.07×, 4.65×]"]]
    assert texts(below) == [[*names, "60.0", "10,000", "–", "–", "–"]]
    assert texts(areas)[1][2:] == ["75.0", "3", "100–10,000", "trapezoid over log rows"]
    assert [row[3:] for row in texts(points)[:3]] == [["100", "71.0"], ["1,000", "–"], ["10,000", "88.0"]]
    assert "t5-small-joint-1000 has no predictions for sentiment" in notes.reasons


def test_curves_leave_out_what_is_missing() -> None:
    (figure,) = figures(data_efficiency.view(with_curves(BARE), Notes()))
    (drawn,) = figure.drawn
    assert [(line.name, len(line.dots), len(line.strokes)) for line in drawn.lines] == [
        ("t5-small-joint", 2, 1),
        ("single-sentiment", 3, 2),
    ]
    left, middle, right = (x for x, _ in drawn.lines[1].dots)
    assert middle - left == pytest.approx(right - middle), "equal factors are equal steps"
    assert [text for _, text in drawn.x_ticks] == ["100", "1,000", "10,000"]


@pytest.mark.parametrize("view", [forgetting.view, data_efficiency.view])
def test_nothing_to_show_is_no_section(view: Callable[[Results, Notes], Section | None]) -> None:
    assert view(BARE, Notes()) is None


def test_names_that_mean_harm_are_text_in_figures_too() -> None:
    results = with_curves(with_sequence(board(list(HOSTILE), list(HOSTILE)), HOSTILE[0]), HOSTILE[0], HOSTILE[2])
    page = render_page(results)
    tags = Reader(page).tags
    assert {name for name, _ in tags} & {"img", "script"} == {"script"}
    assert not {key for _, each in tags for key in each if key.startswith("on") or key == "style"}
    assert not {"\x1b", "\x00", "\x07", "\u202e"} & set(page)
    drawings = [each for name, each in tags if name == "svg" and each.get("class") == "plot"]
    assert len(drawings) == 2
    assert all(each["role"] == "img" and each["aria-label"] for each in drawings)


def test_names_of_lines_do_not_lie_on_each_other() -> None:
    lines = [Line(name, [Mark(1, 2)]) for name in ("first", "second", "third")]
    places = name_places([*lines, Line("far", [Mark(9, 9)])], [[(50, 50)], [(50, 51)], [(50, 50)], [(200, 51)]])
    heights = sorted(y for x, y in places[:3])
    assert all(after - before >= LINE for before, after in pairwise(heights))
    assert places[3][1] == 51 + BASELINE, "nothing is in its way"
    beside = name_places([lines[0], Line("dots", [Mark(1, 1)])], [[(50, 50)], [(70, 50)]])
    assert beside[0][1] != 50 + BASELINE, "no name lies on a point"
    long = plot("t", "x", "y", [Line("a-name-that-is-much-too-long-for-the-margin", [Mark(1, 2)])]).lines[0]
    assert (long.shown, long.name[:20]) == ("a-name-that-is-much…", "a-name-that-is-much-")


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((100, 10_000), (100, 1000, 10_000)),
        ((150, 900), (200, 500)),
        ((1000,), (500, 1000, 2000)),
        ((600, 900), (600, 900)),
        ((1, 10**7), tuple(10**power for power in range(8))),
    ],
)
def test_a_logarithmic_axis(values: tuple[float, ...], ticks: tuple[float, ...]) -> None:
    made = log_axis_over(values)
    assert made.ticks == pytest.approx(ticks)
    assert all(0 <= made.share(value) <= 1 for value in (*values, *made.ticks))
