"""Generalisation and errors on the page: what is shown first, what is null, what is cut, and that names are text."""

from __future__ import annotations

from typing import Any

import pytest

from mtlbench.report.html import render_page
from mtlbench.report.notes import Notes
from mtlbench.report.section import Line, Table, Told
from mtlbench.report.sections import errors, generalisation
from mtlbench.results import Results
from mtlbench.results.schema import ConfusionRow, FlipRow, GapRow, SliceRow, TemplateRow
from tests.report.boards import HOSTILE, board


def a_slice(name: str = "web", delta: float | None = -12.0, **keys: Any) -> SliceRow:
    known = {} if delta is None else {
        "value": 80 + delta, "ci_low": 75 + delta, "ci_high": 85 + delta, "rest": 80, "delta": delta,
        "delta_low": delta - 5, "delta_high": delta + 5, "p_value": 0.001, "p_adjusted": 0.004, "test": "Fisher, exact",
        "worse": delta < 0,
    }  # fmt: skip
    return SliceRow(**{
        "model": "joint", "task": "mood", "metric": "accuracy", "column": "source", "slice": name, "n": 40, **known, **keys,
    })  # fmt: skip


def flip(**keys: Any) -> FlipRow:
    return FlipRow(**{
        "model": "joint", "baseline": "alone", "task": "mood", "metric": "accuracy", "lost_count": 12, "won_count": 3,
        "both_right": 80, "both_wrong": 5, "p_value": 0.0352, "test": "McNemar, exact", "agreement": 85.0, "kappa": -0.1,
        "oracle": 95.0, "complementarity": 70.6, "lost": ["r1", "r2", "r3", "r4"], **keys,
    })  # fmt: skip


def gap(value: float | None = -20.0, **keys: Any) -> GapRow:
    known = {} if value is None else {
        "value": 80 + value, "reference": 80, "gap": value, "ci_low": value - 3, "ci_high": value + 3,
        "relative": value / 0.8, "worse": value + 3 < 0,
    }  # fmt: skip
    return GapRow(**{
        "model": "joint", "kind": "domain", "tasks": ["tweets"], "counterparts": ["news"], "metric": "accuracy", **known,
        **keys,
    })  # fmt: skip


def templates(scores: dict[str, float | None], **keys: Any) -> TemplateRow:
    return TemplateRow(**{"model": "joint", "task": "mood", "metric": "accuracy", "scores": scores, **keys})


KNOWN = templates(
    {"input": 80.0, "terse": 60.0}, mean=70, mean_low=66, mean_high=74, sd=14.1, sd_low=9, sd_high=19, worst="terse",
    worst_value=60, worst_low=55, worst_high=65, best="input", best_value=80, spread=20, spread_low=13, spread_high=27,
)  # fmt: skip


def with_rows(**rows: Any) -> Results:
    return board(["joint"], ["mood"]).model_copy(update=rows)


def texts(line: Line) -> list[str]:
    return [*line.names, *(f"{cell.text} {cell.detail}".strip() for cell in line.cells)]


def tables(results: Results, notes: Notes | None = None) -> list[Table]:
    section = errors.view(results, notes or Notes())
    assert section is not None
    return [block for block in section.blocks if isinstance(block, Table)]


def test_nothing_to_show() -> None:
    assert errors.view(with_rows(), Notes()) is None
    assert generalisation.view(with_rows(), Notes()) is None


def test_worst_slices_come_first_and_small_ones_are_grey() -> None:
    few = a_slice("few", None, reason="fewer than 30 examples in it")
    notes = Notes()
    worst, every = tables(with_rows(slices=[few, a_slice("a", -5), a_slice("b", -12), a_slice("c", 4)]), notes)
    assert [line.names[3] for line in worst.lines] == ["b", "a"]
    assert worst.brief
    assert texts(worst.lines[0])[-3:] == ["80.0", "▼ −12.0 [−17.0, −7.0]", "0.004"]
    assert texts(every.lines[-1])[3:7] == ["few", "accuracy", "40", "–"]
    assert every.lines[-1].quiet
    assert notes.reasons == ["fewer than 30 examples in it"]


def test_no_slice_is_worse() -> None:
    section = errors.view(with_rows(slices=[a_slice(delta=4)]), Notes())
    assert section is not None
    assert isinstance(section.blocks[0], Told)
    assert section.blocks[0].text.startswith("On no slice is a model significantly worse")


def test_many_slices_are_cut_and_told() -> None:
    rows = [a_slice(f"s{n}") for n in range(errors.MOST_ROWS + 5)]
    worst, every = tables(with_rows(slices=rows))
    assert len(worst.lines) == errors.MOST_WORST
    assert "the 6 largest of 205" in worst.caption
    assert (len(every.lines), "200 of 205; results.json has all" in every.caption) == (200, True)


def test_flips() -> None:
    unknown = FlipRow(model="joint", baseline="other", task="mood", metric="mae", reason="mae is no mean")
    notes = Notes()
    (table,) = tables(with_rows(flips=[unknown, flip()]), notes)
    assert texts(table.lines[0])[4:] == ["12", "3", "0.0352", "85%", "−0.10", "95.0", "70.6%", "r1, r2, r3, …"]
    assert texts(table.lines[1])[4] == "–"
    assert notes.reasons == ["mae is no mean"]
    assert all(len(line.names) + len(line.cells) == len(table.columns) for line in table.lines)


def test_confusions_are_heat_tables() -> None:
    cells = [("good", "good", 30, 75.0), ("good", "bad", 10, 25.0), ("bad", "bad", 19, 95.0), ("bad", None, 1, 5.0)]
    rows = [
        ConfusionRow(model="joint", task="mood", reference=r, prediction=p, count=n, share=s) for r, p, n, s in cells
    ]
    (table,) = tables(with_rows(confusions=rows))
    assert (table.css, table.fold) == ("heat", "Confusion: joint on mood")
    assert [column.label for column in table.columns] == ["Reference", "good", "bad", "(no label)"]
    assert texts(table.lines[0]) == ["good", "30 75%", "10 25%", "0"]
    assert [cell.css for cell in table.lines[1].cells] == ["", "s6", "s0"]


def test_many_confusions_are_counted() -> None:
    rows = [
        ConfusionRow(model=f"m{n}", task="mood", reference="a", prediction="a", count=1, share=100.0)
        for n in range(errors.MOST_TABLES + 2)
    ]
    section = errors.view(with_rows(confusions=rows), Notes())
    assert section is not None
    assert isinstance(section.blocks[-1], Told)
    assert section.blocks[-1].text == "2 more tables of confusions stand in results.json."


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (gap(), ["60.0", "80.0", "▼ −20.0", "[−23.0, −17.0]", "−25.0%"]),
        (gap(1.0), ["81.0", "80.0", "≈ +1.0", "[−2.0, +4.0]", "+1.2%"]),
        (gap(4.0), ["84.0", "80.0", "▲ +4.0", "[+1.0, +7.0]", "+5.0%"]),
        (gap(None, reason="joint has no predictions for tweets"), ["–", "", "", "", ""]),
        (gap(relative=None, reason="no relative gap"), ["60.0", "80.0", "▼ −20.0", "[−23.0, −17.0]", "–"]),
    ],
)
def test_gaps(row: GapRow, shown: list[str]) -> None:
    section = generalisation.view(with_rows(generalisation=[row]), Notes())
    assert section is not None
    (table,) = section.blocks
    assert isinstance(table, Table)
    assert texts(table.lines[0]) == ["joint", "domain", "tweets", "news", "accuracy", *shown]


def test_templates() -> None:
    unknown = templates({"input": 80.0, "terse": None}, reason="joint was not asked")
    section = generalisation.view(with_rows(templates=[KNOWN, unknown]), Notes())
    assert section is not None
    table, each = section.blocks
    assert isinstance(table, Table)
    assert isinstance(each, Table)
    assert texts(table.lines[0])[3:] == [
        "2", "70.0 66.0–74.0", "14.1 9.0–19.0", "60.0 terse", "80.0 input", "20.0 13.0–27.0",
    ]  # fmt: skip
    assert texts(table.lines[1])[3:] == ["2", "–", "", "", "", ""]
    assert [texts(line)[2:] for line in each.lines] == [
        ["input", "80.0"], ["terse", "60.0"], ["input", "80.0"], ["terse", "–"],
    ]  # fmt: skip


def test_names_that_mean_harm_are_text() -> None:
    first, second, third = HOSTILE
    names: dict[str, Any] = {"model": first, "task": second}
    page = render_page(
        with_rows(
            slices=[a_slice(third, column=first, **names), a_slice(third, None, reason=first)],
            flips=[flip(baseline=third, lost=[first, second], **names)],
            confusions=[ConfusionRow(reference=first, prediction=third, count=1, share=100.0, **names)],
            generalisation=[gap(tasks=[second], counterparts=[third], model=first)],
            templates=[KNOWN.model_copy(update={**names, "worst": first, "scores": {third: 1.0}})],
        )
    )
    assert "&lt;img src=x" in page
    assert "<img" not in page
    assert "<svg onload" not in page
    assert "\x1b" not in page
