"""Variants in the terminal: what each costs in score, and wins in speed and memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mtlbench.report import reading, wording
from mtlbench.report.console import told
from mtlbench.report.notes import Notes
from mtlbench.report.tables import STYLES, bare_table, missing
from mtlbench.results.schema import Number, Results, VariantRow

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def print_variants(results: Results, console: Console, notes: Notes) -> None:
    """One line for each variant that has an overall score; its tasks are in results.json and on the page."""
    console.print()
    console.print(told("Variants", "bold").append("  variant − the checkpoint as it is", "not bold dim"))
    table = bare_table()
    table.add_column("Model", overflow="fold", max_width=32)
    table.add_column("What", overflow="fold", max_width=32)
    table.add_column("On", overflow="fold", max_width=20)
    for name in ("Δ", f"{wording.share(results.suite.confidence)} interval", "adj. p", "Speed", "Weights"):
        table.add_column(name, justify="left" if "interval" in name else "right", no_wrap=True)
    for row in reading.leading_variants(results):
        table.add_row(told(row.model), told(row.what), told(row.task), *_cells(results, row, notes))
    console.print(table)


def _cells(results: Results, row: VariantRow, notes: Notes) -> list[Text]:
    verdict = reading.variant_verdict(results, row)
    wins = [_times(row.speed_ratio, row, notes), _times(row.memory_ratio, row, notes)]
    if verdict is None:
        return [missing(row.reason, notes), told(""), told(""), *wins]
    interval = wording.delta_interval(row.delta, row.ci_low, row.ci_high)
    return [
        told(f"{verdict.sign} {wording.delta(row.delta)}", STYLES[verdict]),
        told(interval) if interval else missing(row.reason, notes),
        told(wording.p_value(row.p_adjusted)),
        *wins,
    ]


def _times(ratio: Number, row: VariantRow, notes: Notes) -> Text:
    return missing(row.reason, notes) if ratio is None else told(wording.times(ratio))
