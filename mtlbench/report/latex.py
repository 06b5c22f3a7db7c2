"""The ranking and every task's headline scores as a LaTeX table (booktabs); best in bold only where it is separable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mtlbench.report import reading, wording
from mtlbench.report.cells import Cell
from mtlbench.report.notes import Notes
from mtlbench.report.section import Column
from mtlbench.report.standing import AMONG_BEST, BEST, MARKS, standing_table
from mtlbench.results.schema import Results

_ESCAPED = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}"}
    # After the end of a row, [ and * would be read as its options.
    | {"[": "{[}", "]": "{]}", "*": "{*}"}
    # Signs that pdfLaTeX's fonts lack.
    | {wording.MINUS: r"\ensuremath{-}", "↓": r"\ensuremath{\downarrow}", wording.DASH: "--"}
    | {"×": r"\ensuremath{\times}", "✗": r"\ensuremath{\times}"}
)
_MARKED = {BEST: r"\textbf{{{}}}", AMONG_BEST: r"\underline{{{}}}"}


def latex_table(results: Results) -> str:
    r"""A `table` environment; it needs `\usepackage{booktabs}` and, for quotes in names, `\usepackage[T1]{fontenc}`."""
    notes = Notes()
    table = standing_table(results, notes)
    ranked = sum(row.rank is not None for row in reading.standings(results))
    lines = [
        r"% \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_caption(results, notes)}}}",
        rf"\label{{tab:{_label(results.suite.name)}}}",
        rf"\begin{{tabular}}{{{''.join('l' if column.name else 'r' for column in table.columns)}}}",
        r"\toprule",
        *_header(table.columns),
        r"\midrule",
    ]
    for number, line in enumerate(table.lines):
        lines += [r"\midrule"] * (0 < number == ranked)
        lines.append(_row([*map(escaped, line.names), *map(_cell, line.cells)]))
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def escaped(text: str) -> str:
    """Text as it is, whatever commands it holds."""
    return wording.plain(text).translate(_ESCAPED)


def _caption(results: Results, notes: Notes) -> str:
    suite = results.suite
    told = [
        f"{suite.name}: overall score with its {wording.share(suite.confidence)} interval, and each task's headline score "
        f"(mtlbench {results.run.version}, run {results.run.id}).",
        MARKS,
        *(f"({number}) {reason}." for number, reason in enumerate(notes.reasons, start=1)),
    ]
    return escaped(" ".join(told))


def _label(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")


def _header(columns: Sequence[Column]) -> Iterator[str]:
    yield _row([escaped(column.label) for column in columns])
    yield _row([escaped(column.detail) for column in columns])


def _row(cells: Sequence[str]) -> str:
    return rf"{' & '.join(cells)} \\"


def _cell(cell: Cell) -> str:
    text = _MARKED.get(cell.css, "{}").format(escaped(cell.text))
    number = "" if cell.note is None else rf"\textsuperscript{{{cell.note}}}"
    return " ".join(part for part in (text + number, escaped(cell.detail)) if part)
