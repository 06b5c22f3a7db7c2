"""Cost and efficiency on the page and in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mtlbench.report.html import render_page
from mtlbench.report.notes import Notes
from mtlbench.report.section import Figure, Line, Section, Table, Told
from mtlbench.report.sections import cost, efficiency
from mtlbench.results import Results
from mtlbench.results.schema import FrontRow, ReplacementRow, ScalingRow
from tests.report.boards import HOSTILE, board
from tests.report.test_page import Reader

CACHED = "outputs came from the cache, so their time was not measured side by side"
FEW = "a line takes 3 sizes of multi-task models, and there are 1"


def front_row(model: str, value: float, amount: float | None, on: bool | None = True, surely: float = 0.97) -> FrontRow:
    known = amount is not None
    return FrontRow(
        cost="seconds",
        device="cuda:0 · bfloat16",
        model=model,
        value=value,
        ci_low=value - 1,
        ci_high=value + 1,
        amount=amount,
        on_front=on if known else None,
        surely=surely if known else None,
        reason=None if known else CACHED,
    )


def replacement_row(cost: str, unified: float | None, separate: float | None) -> ReplacementRow:
    known = unified is not None and separate is not None
    return ReplacementRow(
        model="a",
        baselines=["single-sentiment", "single-similarity"],
        cost=cost,
        unified=unified,
        separate=separate,
        ratio=0.25 if known else None,
        delta=0.7,
        ci_low=-0.2,
        ci_high=1.6,
        reason=None if known else CACHED,
    )


def scaling_row(task: str, slope: float | None, r2: float | None = 0.98) -> ScalingRow:
    ends = (None, None) if slope is None else (slope - 4, slope + 4)
    return ScalingRow(
        task=task,
        metric="accuracy",
        models=["a", "b", "c"],
        sizes=3 if slope is not None else 1,
        slope=slope,
        ci_low=ends[0],
        ci_high=ends[1],
        resampled_low=ends[0],
        resampled_high=ends[1],
        intercept=None if slope is None else 20.0,
        r2=r2 if slope is not None else None,
        reason=FEW if slope is None else None,
    )


def with_costs(
    results: Results,
    fronts: Sequence[FrontRow] = (),
    replacement: Sequence[ReplacementRow] = (),
    scaling: Sequence[ScalingRow] = (),
) -> Results:
    return results.model_copy(
        update={"fronts": list(fronts), "replacement": list(replacement), "scaling": list(scaling)}
    )


def section(results: Results, notes: Notes | None = None) -> Section:
    found = cost.view(results, notes or Notes())
    assert found is not None
    return found


def table(found: Section, fold: str = "") -> Table:
    return next(block for block in found.blocks if isinstance(block, Table) and block.fold == fold)


def texts(line: Line) -> list[str]:
    return [cell.text for cell in line.cells]


@pytest.fixture
def plain() -> Results:
    return board(["a", "b", "c", "d"], ["sentiment", "similarity"])


FRONTS = [
    front_row("a", 80.0, 0.02),
    front_row("b", 70.0, 0.005, surely=1.0),
    front_row("c", 60.0, 0.01, on=False, surely=0.0),
    front_row("d", 90.0, None),
]


def test_a_front_in_words_and_drawn(plain: Results) -> None:
    found = section(with_costs(plain, FRONTS))
    told = next(block for block in found.blocks if isinstance(block, Told))
    assert told.brief
    assert told.text == (
        "On the front of score against time on cuda:0 · bfloat16, with the share of resamples: b (100%), a (97%)."
    )
    (figure,) = (block for block in found.blocks if isinstance(block, Figure))
    (plot,) = figure.drawn
    names = [line.name for line in plot.lines]
    assert names == ["a", "b", "c", "front"], "what has no cost is not drawn"
    steps = plot.lines[-1]
    assert (steps.dots, len(steps.strokes)) == ([], 3)
    (ax, ay), (bx, by) = plot.lines[0].dots[0], plot.lines[1].dots[0]
    assert steps.strokes == [(bx, by, ax, by), (ax, by, ax, ay), (ax, ay, ax, ay)]
    assert bx < plot.lines[2].dots[0][0] < ax


def test_fronts_as_a_table(plain: Results) -> None:
    notes = Notes()
    lines = table(section(with_costs(plain, FRONTS), notes), "Every cost").lines
    assert texts(lines[0]) == ["80.0", "20.0 ms", "● yes", "97%"]
    assert texts(lines[2]) == ["60.0", "10.0 ms", "no", "0%"]
    assert texts(lines[3]) == ["90.0", "–", "–", "–"]
    assert notes.reasons == [CACHED]


def test_equal_costs_are_no_front_to_tell_of(plain: Results) -> None:
    found = section(with_costs(plain, [front_row("a", 80.0, 0.02), front_row("b", 70.0, 0.02, on=False)]))
    assert not any(isinstance(block, Figure | Told) for block in found.blocks)


def test_no_more_than_a_dozen_models_are_drawn(plain: Results) -> None:
    rows = [front_row(f"m{n}", 50 - n, 0.1 + n, on=n == 0) for n in range(30)]
    found = section(with_costs(plain, rows))
    (figure,) = (block for block in found.blocks if isinstance(block, Figure))
    assert [line.name for line in figure.drawn[0].lines] == [*(f"m{n}" for n in range(12)), "front"]
    assert "At most 12 models are drawn" in figure.caption


def test_replacement(plain: Results) -> None:
    rows = [replacement_row("parameters", 60e6, 240e6), replacement_row("seconds", None, 9.0)]
    found = table(section(with_costs(plain, replacement=rows)))
    assert found.brief
    (line,) = found.lines
    assert line.names == ["a", "2 models"]
    assert texts(line) == ["0.25×", "–", "+0.7", "[−0.2, +1.6]"]
    assert line.cells[0].title == "60.0 M ÷ 240.0 M"


def test_replacements_that_are_not_known_stand_apart(plain: Results) -> None:
    rows = [replacement_row("parameters", None, 9.0)]
    found = table(section(with_costs(plain, replacement=rows)), fold="Not known")
    assert not found.brief
    assert texts(found.lines[0])[0] == "–"


def test_a_scaling_line(plain: Results) -> None:
    rows = [scaling_row("sentiment", 0.0, None), scaling_row("similarity", None), scaling_row("overall", 5.1)]
    found = section(with_costs(plain, scaling=rows))
    (told,) = (block for block in found.blocks if isinstance(block, Told))
    assert told.text == (
        "Over 3 multi-task models the overall score changes by +5.1 points per tenfold of parameters (95% interval "
        "[+1.1, +9.1]): a description of these models, not a law."
    )
    lines = table(found, "Score against size").lines
    assert texts(lines[0]) == ["3", "0.0", "[−4.0, +4.0]", "[−4.0, +4.0]", "–"]
    assert texts(lines[1]) == ["3", "–", "–", "–", "–"]
    assert texts(lines[2]) == ["3", "+5.1", "[+1.1, +9.1]", "[+1.1, +9.1]", "0.98"]


def test_too_few_sizes_are_told_in_a_sentence(plain: Results) -> None:
    (told,) = section(with_costs(plain, scaling=[scaling_row("overall", None)])).blocks
    assert isinstance(told, Told)
    assert (told.text, told.brief) == (f"Score against size is not told: {FEW}.", False)


def test_efficiency_shows_what_was_asked_for_where_it_is_known(plain: Results) -> None:
    def columns(results: Results) -> list[str]:
        found = efficiency.view(results, Notes())
        assert found is not None
        return [column.label for column in table(found, "By task").columns]

    row, *rows = plain.efficiency
    asked = {"FLOPs/example", "J/example", "Active parameters"}
    assert not asked & set(columns(plain))
    same = row.model_copy(update={"active": row.parameters})
    assert not asked & set(columns(plain.model_copy(update={"efficiency": [same, *rows]})))
    known = row.model_copy(update={"active": 5, "flops_per_example": 2.5e9, "energy_per_example": 0.125})
    rows[0] = rows[0].model_copy(update={"reason": "no flops: they could not be counted", "tokens_per_second": None})
    results, notes = plain.model_copy(update={"efficiency": [known, *rows]}), Notes()
    assert asked <= set(columns(results))
    found = efficiency.view(results, notes)
    assert found is not None
    lines = table(found, "By task").lines
    assert texts(lines[0])[-3:] == ["5", "2.5 B", "0.125"]
    assert [(cell.text, cell.note) for cell in lines[1].cells[-2:]] == [("–", 1), ("–", 1)]
    assert lines[1].cells[2].note is None, "why it writes no tokens is not the reason"
    assert notes.reasons == ["no flops: they could not be counted"]


def test_models_of_two_devices_do_not_compare_in_speed(plain: Results) -> None:
    rows = [plain.efficiency[0].model_copy(update={"device": "cpu"}), *plain.efficiency[1:]]
    page = render_page(plain.model_copy(update={"efficiency": rows}))
    assert efficiency.MIXED in page
    assert efficiency.MIXED not in render_page(plain)


def test_the_page_holds_it_all_and_escapes_names(plain: Results) -> None:
    fronts = [
        front_row(HOSTILE[0], 80.0, 0.02).model_copy(update={"device": HOSTILE[1]}),
        front_row(HOSTILE[2], 70.0, 0.01).model_copy(update={"device": HOSTILE[1]}),
    ]
    replacement = replacement_row("bytes", 1.0, 4.0).model_copy(update={"model": HOSTILE[0], "reason": HOSTILE[2]})
    page = render_page(with_costs(plain, fronts, [replacement], [scaling_row(HOSTILE[0], 1.0)]))
    reader = Reader(page)
    assert {tag for tag, _ in reader.tags}.isdisjoint({"img", "onerror"})
    assert "&lt;img src=x" in page
    assert ("svg", "img") in [(tag, values.get("role")) for tag, values in reader.tags]
    assert page.index('id="cost"') < page.index('id="efficiency"')


def test_a_run_without_costs_has_no_section(plain: Results) -> None:
    assert cost.view(plain, Notes()) is None
    assert efficiency.view(plain.model_copy(update={"efficiency": []}), Notes()) is None
