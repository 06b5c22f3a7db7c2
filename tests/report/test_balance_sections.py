"""Balance, weights and limits as sections: what they say, what is null, and marks in the ranking on every surface."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from mtlbench.report import sections
from mtlbench.report.html import render_page
from mtlbench.report.notes import Notes
from mtlbench.report.section import Section, Table, Told
from mtlbench.report.sections.weights import moved
from mtlbench.report.terminal import leaderboard
from mtlbench.results.schema import (
    AlignmentRow,
    BalanceRow,
    ConsistencyRow,
    LimitRow,
    Results,
    SensitivityRow,
)
from tests.report.boards import HOSTILE, board

MEASURES = {"mean": 61.0, "worst_task": 20.5, "sd": 14.0, "cv": 0.23, "gini": 0.114, "rank_kept": 0.8, "best_rank": 1.0, "worst_rank": 2.0}  # fmt: skip


def balance(model: str, **changed: Any) -> list[BalanceRow]:
    values = {**MEASURES, **changed}
    return [
        BalanceRow(
            model=model,
            name=name,
            value=value,
            ci_low=None if value is None or "rank" in name else 0.9 * value,
            ci_high=None if value is None or "rank" in name else 1.1 * value,
            task="mood" if name in ("worst_task", "worst_rank") else None,
            reason="the mean is too near 0" if value is None else None,
        )
        for name, value in values.items()
    ]


def sensitivity(
    model: str, rival: str | None, weights: dict[str, float] | None, distance: float | None
) -> SensitivityRow:
    reason = "first under all weights" if distance is None else None
    return SensitivityRow(
        model=model, wins=0.7, wins_error=0.003, rival=rival, distance=distance, weights=weights, reason=reason
    )


def alignment(model: str, **changed: Any) -> AlignmentRow:
    scores = {"evaluated": 60.0, "trained": 68.0, "difference": 8.0}
    values: dict[str, Any] = {"total_variation": 0.35, "rank_correlation": None, "under_trained": [], "unevaluated": []}
    for name, value in scores.items():
        values |= {name: value, f"{name}_low": value - 2, f"{name}_high": value + 2}
    return AlignmentRow(**{"model": model, "reason": "all weights are equal", **values, **changed})


def limit(model: str, task: str, **changed: Any) -> LimitRow:
    values = {"limit": "minimum", "bound": 70.0, "baseline": None, "value": 60.0, "ci_low": 55.0, "ci_high": 65.0}
    kept = {"priority": "critical", "broken": True, "sure": True, "reason": None}
    return LimitRow(model=model, task=task, **{**values, **kept, **changed})


def drawn(results: Results) -> dict[str, Section]:
    return {section.id: section for section in sections.sections(results, Notes())}


@pytest.fixture
def results() -> Results:
    """Two models that have all of two tasks; the second breaks a limit of a critical one."""
    made = board(["joint", "adapters"], ["mood", "headline"])
    overall = [row.model_copy(update={"breaks": ["mood"] if row.model == "adapters" else []}) for row in made.overall]
    level = {"mood": 0.62, "headline": 0.38}
    return made.model_copy(
        update={
            "overall": overall,
            "balance": [*balance("joint"), *balance("adapters", cv=None)],
            "consistency": [ConsistencyRow(task="mood", tau=-0.25, models=3, reason=None)],
            "sensitivity": [
                sensitivity("joint", "adapters", level, 0.12),
                sensitivity("adapters", "joint", level, 0.12),
            ],
            "alignment": [alignment("joint", under_trained=["mood", "headline"])],
            "limits": [
                limit("adapters", "mood"),
                limit("joint", "mood", value=71.0, broken=False, sure=False),
                limit("joint", "headline", value=None, broken=None, sure=None, reason="joint has no predictions"),
            ],
        }
    )


def test_balance_section(results: Results) -> None:
    table, agreement = drawn(results)["balance"].blocks
    assert isinstance(table, Table)
    assert isinstance(agreement, Table)
    texts = [[(cell.text, cell.detail) for cell in line.cells] for line in table.lines]
    assert texts[0] == [
        ("61.0", "54.9–67.1"),
        ("20.5", "mood 18.4–22.6"),
        ("14.0", "12.6–15.4"),
        ("0.23", "0.21–0.25"),
        ("0.11", "0.10–0.13"),
        ("80%", ""),
        ("1–2", "without mood"),
    ]
    assert texts[1][3] == ("–", "")
    assert agreement.lines[0].cells[0].text == "−0.25"


def test_weights_section(results: Results) -> None:
    finding, table, far, aligned = drawn(results)["weights"].blocks
    assert isinstance(finding, Told)
    assert finding.text == (
        "First place changes if 12% of the weight moves from headline to mood: adapters is then level with joint."
    )
    assert isinstance(far, Told)
    assert far.text == "Evaluated far above the share in training: mood (joint); headline (joint)."
    assert isinstance(table, Table)
    assert [cell.text for cell in table.lines[0].cells] == ["70%", "12%"]
    assert isinstance(aligned, Table)
    assert [cell.text for cell in aligned.lines[0].cells] == ["35%", "–", "60.0", "68.0", "+8.0"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            sensitivity("joint", None, None, None),
            "joint is first under all weights: no other model can take its place.",
        ),
        (sensitivity("joint", "adapters", {}, 0.0), "joint and adapters share first place as the weights stand."),
    ],
)
def test_findings(results: Results, row: SensitivityRow, expected: str) -> None:
    changed = results.model_copy(update={"sensitivity": [row, *results.sensitivity[1:]]})
    (finding, *_) = drawn(changed)["weights"].blocks
    assert isinstance(finding, Told)
    assert finding.text == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 0.5, "b": 0.5}, {"a": 0.4, "b": 0.6}, "from a to b"),
        ({"a": 0.5, "b": 0.3, "c": 0.2}, {"a": 0.3, "b": 0.2, "c": 0.5}, "from a and b to c"),
        (dict.fromkeys("abcde", 0.2), {"a": 1}, "from b, c and 2 more to a"),
        ({"a": 0.5, "b": 0.5, "zero": 0.0}, {"a": 0.5, "b": 0.5}, ""),
    ],
)
def test_what_moves(before: dict[str, float], after: dict[str, float], expected: str) -> None:
    assert moved(before, after) == expected


def test_limits_section(results: Results) -> None:
    broken, unknown, table = drawn(results)["limits"].blocks
    assert isinstance(broken, Table)
    assert (broken.brief, [line.names[:2] for line in broken.lines]) == (True, [["adapters", "mood"]])
    assert isinstance(unknown, Told)
    assert unknown.text == "1 limit could not be checked."
    assert isinstance(table, Table)
    assert [line.cells[2].text for line in table.lines] == ["✗ surely broken", "✓ kept", "–"]
    kept = results.model_copy(update={"limits": results.limits[1:2]})
    assert [block.text for block in drawn(kept)["limits"].blocks if isinstance(block, Told)] == [
        "No model breaks a limit."
    ]


def test_nothing_to_show() -> None:
    assert not {"balance", "weights", "limits"} & drawn(board(["joint"], ["mood"])).keys()


def test_a_broken_limit_marks_the_ranking(results: Results) -> None:
    page = render_page(results)
    ranking = page[page.index('id="ranking"') : page.index("</section>", page.index('id="ranking"'))]
    assert ranking.count("✗ mood") == 1
    assert "✗ names critical tasks" in ranking
    printed = Console(file=io.StringIO(), width=120)
    leaderboard(results, printed)
    text = printed.file.getvalue()  # type: ignore[attr-defined]
    assert "✗ mood" in text
    assert "✗ breaks a limit of a critical task." in text
    bare = render_page(board(["joint"], ["mood"]))
    assert "✗" not in bare[: bare.index("<script")]


def test_the_page_shows_them_and_escapes_names(results: Results) -> None:
    name, other, third = HOSTILE
    made = board([name, other], [name, other])
    hostile = made.model_copy(
        update={
            "overall": [row.model_copy(update={"breaks": [third]}) for row in made.overall],
            "balance": [row.model_copy(update={"task": third}) for row in balance(name)],
            "consistency": [ConsistencyRow(task=name, tau=0.5, models=3, reason=None)],
            "sensitivity": [sensitivity(name, other, {name: 0.9, other: 0.1}, 0.4)],
            "alignment": [alignment(name, under_trained=[other], unevaluated=[third])],
            "limits": [limit(name, third, value=None, broken=None, sure=None, reason=name)],
        }
    )
    page = render_page(hostile)
    for text in ("<img", "<svg onload", "\x1b", "\u202e"):
        assert text not in page
    for title in ("Balance and consistency", "Weights", "Limits"):
        assert f">{title}</h2>" in page
    assert "all weights are equal" in render_page(results)
