"""What single tasks do to each other: source × target, what each adds to a joint model, and which to train together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mtlbench.report import wording
from mtlbench.report.cells import BLANK, NOT_RUN
from mtlbench.report.heat import Difference, full_cells, full_columns, heat_cell, strongest
from mtlbench.report.notes import Notes
from mtlbench.report.section import Block, Column, Line, Section, Table, Told, names
from mtlbench.results.schema import GroupingRow, Results

_VIA = {"pair": "trained together", "sequence": "trained before", "zero-shot": "trained instead"}
FLOOR = "the task’s floor"

Key = tuple[str, str]
"""What a line of a heat map begins with."""


def view(results: Results, notes: Notes) -> Section | None:
    if not (results.matrix or results.contributions or results.groupings):
        return None
    blocks: list[Block] = []
    if results.matrix:
        blocks += [_matrix(results, notes), _matrix_in_full(results, notes)]
    if results.contributions:
        blocks += [_contributions(results, notes), _contributions_in_full(results, notes)]
    for row in results.groupings:
        blocks.append(Told(_told(row), brief=row.method != "average linkage"))
    blocks += [Told(caveat) for caveat in dict.fromkeys(row.caveat for row in results.groupings if row.groups)]
    return Section(
        "matrix",
        "Source × target",
        "What one task does to another, in points: against the model trained on the target alone, or, where a model was "
        "never trained on it, against the model before training or the task’s floor.",
        blocks,
    )


def _matrix(results: Results, notes: Notes) -> Table:
    """Of several models or baselines in one place the first is shown."""
    found: dict[Key, dict[str, Difference]] = {}
    for row in results.matrix:
        found.setdefault((row.source, _VIA[row.via]), {}).setdefault(row.target, row)
    return _heat(
        results,
        "Rows: what was trained, and how. Columns: the task that it was tried on. ▲ it helps, ▼ it hurts, ≈ not separable "
        "from zero.",
        ("Source", "How"),
        found,
        notes,
    )


def _contributions(results: Results, notes: Notes) -> Table:
    found: dict[Key, dict[str, Difference]] = {}
    for row in results.contributions:
        found.setdefault((row.left_out, row.joint), {}).setdefault(row.target, row)
    return _heat(
        results,
        "What including a task does to the others: the joint model minus the model trained without the row’s task.",
        ("Task", "In"),
        found,
        notes,
    )


def _heat(
    results: Results,
    caption: str,
    labels: tuple[str, str],
    found: Mapping[Key, Mapping[str, Difference]],
    notes: Notes,
) -> Table:
    largest = strongest(row for line in found.values() for row in line.values())
    targets = [task.name for task in results.tasks if any(task.name in line for line in found.values())]

    def line(key: Key, rows: Mapping[str, Difference]) -> Line:
        cells = [
            heat_cell(rows[target], largest, notes) if target in rows else BLANK if target == key[0] else NOT_RUN
            for target in targets
        ]
        return Line(key, cells)

    columns = [*names(*labels), *(Column(target) for target in targets)]
    return Table(caption, columns, [line(key, rows) for key, rows in found.items()], css="heat matrix")


def _matrix_in_full(results: Results, notes: Notes) -> Table:
    return Table(
        "Model − baseline. p-values are adjusted for all these tests (Benjamini and Hochberg).",
        [*names("Target", "Source", "How", "Model", "Baseline"), *full_columns(results.suite.confidence)],
        [
            Line(
                [row.target, row.source, _VIA[row.via], row.model, _baseline(row.baseline)],
                full_cells(row, notes),
            )
            for row in results.matrix
        ],
        fold="Every cell with its interval and p-value",
    )


def _baseline(name: str | None) -> str:
    return wording.DASH if name is None else FLOOR if name == "floor" else name


def _contributions_in_full(results: Results, notes: Notes) -> Table:
    return Table(
        "Joint model − the model trained without the task. p-values are adjusted for all these tests (Benjamini and "
        "Hochberg).",
        [*names("Target", "Task left out", "Joint", "Without"), *full_columns(results.suite.confidence)],
        [
            Line([row.target, row.left_out, row.joint, row.model], full_cells(row, notes))
            for row in results.contributions
        ],
        fold="Every contribution with its interval and p-value",
    )


def _told(row: GroupingRow) -> str:
    of = f" (family {row.family})" if row.family else ""
    if row.groups is None:
        return f"Groups to train together{of} are not known: {row.reason}."
    what = "Tasks that help each other" if row.method == "average linkage" else "Suggested groups to train together"
    interval = wording.delta_interval(row.gain, row.ci_low, row.ci_high)
    gain = f"{wording.delta(row.gain)} {interval}".rstrip()
    return f"{what}{of}: {_groups(row.groups)}. Predicted gain over each alone: {gain} points a task."


def _groups(groups: Sequence[Sequence[str]]) -> str:
    return "; ".join(" with ".join(group) if len(group) > 1 else f"{group[0]} alone" for group in groups)
