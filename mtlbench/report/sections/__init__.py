"""The sections of a report after its ranking: each a module with `view(results, notes)`, None where there is nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mtlbench.report.notes import Notes
from mtlbench.report.section import Section
from mtlbench.report.sections import (
    balance,
    comparisons,
    cost,
    counterfactual,
    data_efficiency,
    efficiency,
    errors,
    fairness,
    forgetting,
    generalisation,
    limits,
    matrix,
    transfer,
    variants,
    weights,
)
from mtlbench.results.schema import Results

View = Callable[[Results, Notes], Section | None]

VIEWS: tuple[View, ...] = (
    limits.view,
    transfer.view,
    matrix.view,
    forgetting.view,
    data_efficiency.view,
    balance.view,
    weights.view,
    comparisons.view,
    generalisation.view,
    errors.view,
    variants.view,
    fairness.view,
    counterfactual.view,
    cost.view,
    efficiency.view,
)


def sections(results: Results, notes: Notes, more: Sequence[View] = ()) -> list[Section]:
    """Those that the run has something to show in, then those of `more`."""
    return [section for view in (*VIEWS, *more) if (section := view(results, notes)) is not None]
