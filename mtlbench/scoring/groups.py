"""What the rows of a run are grouped by, read from its predictions, with the metrics' rows and labels' rates to compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mtlbench.analysis.evidence import Cell
from mtlbench.analysis.groups import FEWEST_ROWS, MOST_GROUPS, Attribute, GroupedTask, Measure
from mtlbench.analysis.rates import rates
from mtlbench.metrics.base import FloatArray
from mtlbench.results.schema import WarningRow
from mtlbench.runner.table import GROUP, stored_rows
from mtlbench.scoring.statistics import IndexArray, Scorer
from mtlbench.suite.declarations import Suite, Task
from mtlbench.suite.faults import InputError
from mtlbench.suite.groups import MISSING, Grouping, group_columns, groupings, strata

if TYPE_CHECKING:
    import pyarrow as pa

Values = Mapping[str, list[str | None]]
"""Column → the values of its rows, as text."""


@dataclass(slots=True)
class GroupedRows:
    """What the predictions of a task say beside the metrics' rows: the values that group them, and labels, if any."""

    values: Values = field(default_factory=dict)
    gold: IndexArray | None = None
    predicted: dict[str, IndexArray] = field(default_factory=dict)

    def read(self, table: pa.Table, model: str, scorer: Scorer) -> None:
        """Take over a model's predictions; raises InputError for a column that the run did not keep."""
        columns = group_columns(scorer.task)
        if not columns:
            return
        for column in columns:
            if GROUP + column not in table.column_names:
                raise InputError(f"the run kept no column “{column}” to group its rows by", "run the suite again")
        self.values = {column: table.column(GROUP + column).to_pylist() for column in columns}
        if "label" in scorer.kind.produces and scorer.task.labels:
            stored = stored_rows(table)
            self.gold = np.array([scorer.kind.gold("label", row) for row in stored], dtype=np.intp)
            self.predicted[model] = np.array([scorer.kind.prediction("label", row) for row in stored], dtype=np.intp)


def grouped_task(
    name: str,
    fingerprint: str,
    suite: Suite,
    scorer: Scorer,
    rows: GroupedRows,
    statistics: Mapping[Cell, FloatArray],
    clusters: IndexArray | None,
) -> GroupedTask | None:
    """What fairness is asked of the task; None where it declares no groups, or no model answered it."""
    task = suite.tasks[name]
    if not task.groups or not rows.values:
        return None
    measures = [
        Measure(metric, {model: found for (model, each), found in statistics.items() if each == metric.name})
        for metric in scorer.metrics
    ]
    within = strata(task)
    return GroupedTask(
        name=name,
        fingerprint=fingerprint,
        attributes=[attribute(each, rows.values) for each in groupings(task)],
        measures=measures,
        rates=_rates(task, rows),
        within=None if within is None else _coded(within.name, within.groups(rows.values)),
        clusters=clusters,
        max_gap=suite.fairness.max_gap if task.max_gap is None else task.max_gap,
    )


def attribute(grouping: Grouping, values: Values) -> Attribute:
    """The rows' groups by name, “missing” last; of very many groups, those with few rows as one at the end."""
    names = grouping.groups(values)
    sizes = Counter(names)
    if len(sizes) <= MOST_GROUPS:
        return _coded(grouping.name, names)
    large = {name for name, size in sizes.items() if size >= FEWEST_ROWS}
    rest = f"{len(sizes) - len(large):,} smaller groups"
    return _coded(grouping.name, [name if name in large else rest for name in names], rest)


def group_warnings(task: GroupedTask) -> list[WarningRow]:
    """Attributes that cannot be compared as they are: too many groups, or one alone."""
    found = []
    for each in task.attributes:
        where = f"{task.name} by {each.name}"
        if each.rest:
            message = f"{each.groups[-1]} have fewer than {FEWEST_ROWS} rows each: they are not compared"
            found.append(WarningRow(code="many-groups", where=where, message=message))
        elif len(each.groups) == 1:
            message = f"all rows are of one group, “{each.groups[0]}”: there is nothing to compare"
            found.append(WarningRow(code="one-group", where=where, message=message))
    return found


def _coded(name: str, names: list[str], rest: str | None = None) -> Attribute:
    last = (MISSING, rest)
    groups = sorted(set(names), key=lambda group: (group in last, group == rest, _by_number(group), group))
    numbers = {group: number for number, group in enumerate(groups)}
    return Attribute(name, tuple(groups), np.array([numbers[each] for each in names], dtype=np.intp), rest is not None)


def _by_number(group: str) -> float:
    """The number that the name of a bin begins with, so that bins rise; 0 for other names."""
    text = group.lstrip("<≥").split("–")[0]
    try:
        return float(text) - (group[:1] == "<") * 1e-9
    except ValueError:
        return 0.0


def _rates(task: Task, rows: GroupedRows) -> list[tuple[Measure, Measure, Measure]]:
    if rows.gold is None:
        return []
    return rates(rows.gold, rows.predicted, list(task.labels or ()), task.positive)
