"""Transfer, Δm, source × target and groups on the page: what is shown, what is null, and that names are text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from mtlbench.report.html import render_page
from mtlbench.report.notes import Notes
from mtlbench.report.section import Section, Table, Told
from mtlbench.report.sections import matrix, transfer
from mtlbench.results import Results
from mtlbench.results.schema import (
    ContributionRow,
    DeltaMRow,
    GroupingRow,
    MatrixRow,
    TransferSummaryRow,
)
from tests.report.boards import HOSTILE, board, verdict

TASKS = ["sentiment", "translation", "paraphrase"]


def cell(source: str, target: str, delta: float | None, via: str = "pair", reason: str | None = None) -> MatrixRow:
    return MatrixRow.model_validate(
        {"source": source, "target": target, "via": via, "model": f"{source}+{target}", "baseline": f"only-{target}"}
        | numbers(delta, reason)
    )


def numbers(delta: float | None, reason: str | None = None) -> dict[str, object]:
    known = delta is not None
    return {
        "delta": delta,
        "relative": delta / 0.8 if delta is not None else None,
        "ci_low": delta - 1 if delta is not None else None,
        "ci_high": delta + 1 if delta is not None else None,
        "p_value": 0.01 if known else None,
        "p_adjusted": 0.02 if known else None,
        "test": "McNemar, exact" if known else "none",
        "verdict": verdict(delta, 1, 0.02) if delta is not None else None,
        "reason": reason,
    }


def delta_m(model: str, value: float | None, reason: str | None = None) -> list[DeltaMRow]:
    points = 0.4
    return [
        DeltaMRow(
            model=model,
            convention=convention,
            better=better,
            source="Maninis et al. 2019",
            tasks=3,
            metrics=6,
            value=None if value is None else sign * value,
            ci_low=None if value is None else sign * value - 1,
            ci_high=None if value is None else sign * value + 1,
            delta_points=points,
            points_low=points - 1,
            points_high=points + 1,
            reason=reason,
        )
        for convention, better, sign in (("task_first", "higher", 1), ("metric_flat", "lower", -1))
    ]


def grouping(groups: list[list[str]] | None, reason: str | None = None, family: str | None = None) -> GroupingRow:
    return GroupingRow(
        family=family,
        method="exhaustive",
        tasks=TASKS,
        groups=groups,
        gain=None if groups is None else 1.2,
        ci_low=None if groups is None else 0.3,
        ci_high=None if groups is None else 2.1,
        caveat="Train the groups to know.",
        reason=reason,
    )


@pytest.fixture
def results() -> Results:
    summary = TransferSummaryRow(
        model="joint",
        family=None,
        tasks=3,
        positive=1,
        negative=1,
        unclear=0,
        missing=["paraphrase"],
        negative_share=0.5,
        reason="no difference from a single-task baseline on paraphrase",
    )
    left_out = {"left_out": "translation", "target": "sentiment", "model": "without", "joint": "joint"}
    return board(["joint"], TASKS).model_copy(
        update={
            "transfer_summary": [summary],
            "matrix": [
                cell("sentiment", "translation", 3.0),
                cell("translation", "sentiment", -2.5),
                cell("sentiment", "paraphrase", 0.2),
                cell("paraphrase", "sentiment", None, reason="no single-task baseline for sentiment"),
                cell("sentiment", "translation", 9.0, via="zero-shot"),
            ],
            "contributions": [ContributionRow.model_validate(left_out | numbers(1.7))],
            "groupings": [grouping([["sentiment", "translation"], ["paraphrase"]])],
            "delta_m": [*delta_m("joint", 4.2), *delta_m("other", None, "only-x has 0 mcc on x")],
        }
    )


def tables(section: Section | None) -> dict[str, Table]:
    assert section is not None
    return {block.fold or block.caption.split(":")[0]: block for block in section.blocks if isinstance(block, Table)}


def told(section: Section | None) -> list[str]:
    assert section is not None
    return [block.text for block in section.blocks if isinstance(block, Told)]


def test_the_matrix_by_source_and_way(results: Results) -> None:
    notes = Notes()
    found = tables(matrix.view(results, notes))
    heat = found["Rows"]
    assert [column.label for column in heat.columns] == ["Source", "How", *TASKS]
    assert [(*line.names, *(each.text for each in line.cells)) for line in heat.lines] == [
        ("sentiment", "trained together", "", "▲ +3.0", "≈ +0.2"),
        ("translation", "trained together", "▼ −2.5", "", ""),
        ("paraphrase", "trained together", "–", "", ""),
        ("sentiment", "trained instead", "", "▲ +9.0", ""),
    ]
    assert notes.reasons == ["no single-task baseline for sentiment"]
    assert len(found["Every cell with its interval and p-value"].lines) == 5
    (line,) = found["What including a task does to the others"].lines
    assert (*line.names, line.cells[0].text) == ("translation", "joint", "▲ +1.7")


def test_groups_are_told_with_their_caveat(results: Results) -> None:
    assert told(matrix.view(results, Notes())) == [
        "Suggested groups to train together: sentiment with translation; paraphrase alone. Predicted gain over each "
        "alone: +1.2 [+0.3, +2.1] points a task.",
        "Train the groups to know.",
    ]
    unknown = results.model_copy(update={"groupings": [grouping(None, "no transfer is known between a and b", "t5")]})
    assert told(matrix.view(unknown, Notes())) == [
        "Groups to train together (family t5) are not known: no transfer is known between a and b."
    ]


def test_delta_m_in_both_conventions(results: Results) -> None:
    notes = Notes()
    table = tables(transfer.view(results, notes))["Δm"]
    assert table.brief
    assert [(column.label, column.detail) for column in table.columns[2:]] == [
        ("Δm, task-first", "more is better"),
        ("Δm, metric-flat", "less is better"),
    ]
    assert [[(each.text, each.detail) for each in line.cells] for line in table.lines] == [
        [("+0.4", "[−0.6, +1.4]"), ("+4.2%", "[+3.2, +5.2]"), ("−4.2%", "[−5.2, −3.2]")],
        [("+0.4", "[−0.6, +1.4]"), ("–", ""), ("–", "")],
    ]
    assert "only-x has 0 mcc on x" in notes.reasons


def test_the_share_of_negative_transfer(results: Results) -> None:
    (line,) = tables(transfer.view(results, Notes()))["Negative transfer"].lines
    assert [each.text for each in line.cells] == ["3", "1", "1", "0", "1", "50%"]
    assert line.cells[4].note is not None, "which task has no baseline"


def test_nothing_to_show_is_no_section() -> None:
    bare = board(["alone"], ["sentiment"], single=False)
    assert transfer.view(bare, Notes()) is None
    assert matrix.view(bare, Notes()) is None


class _Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if ("type", "application/json") not in attrs:  # data, which no browser runs
            self.names.append(tag)
        assert not [key for key, _ in attrs if key.startswith("on")]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_mean_harm_are_text(results: Results, name: str) -> None:
    named = results.model_copy(
        update={
            "matrix": [cell(name, "sentiment", 3.0), cell("sentiment", "translation", None, reason=name)],
            "groupings": [grouping([[name], ["sentiment"]], family=name), grouping(None, name, name)],
            "delta_m": delta_m(name, None, name),
        }
    )
    page = render_page(named)
    assert _Tags(page).names.count("script") == 1
    assert "img" not in _Tags(page).names
    assert not {"\x1b", "\x00", "\x07", "\u202e"} & set(page)
