"""Reports as Markdown (GitHub's), for pull requests, job summaries and model cards: worst first, and cut where too long."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from mtlbench.gate.verdict import Verdict
from mtlbench.report import gate, reading, wording
from mtlbench.report.cells import Cell
from mtlbench.report.notes import Notes
from mtlbench.report.section import Block, Column, Counts, Figure, Line, Section, Table, Told
from mtlbench.report.sections import sections
from mtlbench.report.standing import AMONG_BEST, BEST, MARKS, standing_table
from mtlbench.results.schema import Results

COMMENT_BYTES = 60 * 1024
"""GitHub takes comments of 65,536 characters."""

_ESCAPED = str.maketrans(
    {sign: f"\\{sign}" for sign in "\\`*_[]|~"}
    | {"<": "&lt;", ">": "&gt;", "&": "&amp;", "$": "&#36;"}
    # A name must not call a user or cite an issue: a space of no width parts the sign from what follows.
    | {"@": "@&#8203;", "#": "#&#8203;"}
)
_LINKING = re.compile(r"(?<=[a-z]):(?=//)|(?<=www)\.", re.IGNORECASE)
_BEGINNING = re.compile(r"^(?=[-+=]|\d+[.)]( |$))")
_MARKED = {BEST: "**{}**", AMONG_BEST: "<ins>{}</ins>"}


def run_markdown(results: Results, most_bytes: int = COMMENT_BYTES) -> str:
    """The leaderboard of a run, its caveats, then each section; where that is too long, without the folded tables."""
    notes = Notes()
    standing = standing_table(results, notes)
    found = sections(results, notes)
    head = [*_title(results), *_table(standing), "", escaped(MARKS), *_caveats(results)]
    lines = [*head, *_body(found, notes)]
    if _size(lines) > most_bytes:
        lines = [*head, *_body([_without_folds(section) for section in found], notes)]
    return cut(lines, most_bytes, "results.json")


def verdict_markdown(verdict: Verdict, most_bytes: int = COMMENT_BYTES) -> str:
    """The gate's verdict, its reasons and every check."""
    return cut(list(_section(gate.view(verdict))), most_bytes, "verdict.json")


def escaped(text: str) -> str:
    """Text as it is, on one line, whatever marks, HTML, links or mentions it holds."""
    return _LINKING.sub(lambda found: f"&#{ord(found[0])};", wording.plain(text).translate(_ESCAPED))


def _paragraph(text: str) -> str:
    """The same at the start of a line, where a sign or a number could begin a list."""
    return _BEGINNING.sub("&#8203;", escaped(text))


def cut(lines: Sequence[str], most_bytes: int, where: str) -> str:
    """The lines; where they are too long in UTF-8 as many of the first as fit, and how many are left out."""
    if _size(lines) <= most_bytes:
        return "\n".join(lines) + "\n"
    kept, room = [], most_bytes - _NOTICE_BYTES
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    notice = f"**Cut: {len(lines) - len(kept):,} more lines do not fit; {where} holds everything.**"
    return "\n".join([*kept, "", notice]) + "\n"


_NOTICE_BYTES = 200


def _size(lines: Sequence[str]) -> int:
    """In bytes of UTF-8, each line with its end."""
    return sum(len(line.encode()) + 1 for line in lines)


def _title(results: Results) -> Iterator[str]:
    suite, run = results.suite, results.run
    yield f"# {escaped(suite.name)}"
    yield ""
    if suite.description:
        yield from (_paragraph(suite.description), "")
    if results.status == "incomplete":
        yield from ("**Incomplete: some scores are missing.**", "")
    limit = f" · at most {wording.plural(run.limit, 'row')} a task" if run.limit else ""
    yield (
        f"{wording.plural(len(results.models), 'model')} × {wording.plural(len(results.tasks), 'task')} · run "
        f"{escaped(run.id)} · {wording.share(suite.confidence)} intervals · seed {suite.seed}{limit}"
    )
    yield ""


def _caveats(results: Results) -> Iterator[str]:
    found = reading.caveats(results)
    if found:
        yield from ("", "## Warnings", "")
    for caveat in found:
        yield f"- {escaped(f'{caveat.places}: {caveat.message}' if caveat.where else caveat.message)}"


def _body(found: Sequence[Section], notes: Notes) -> Iterator[str]:
    """The sections, and the reasons that their cells number."""
    for section in found:
        yield ""
        yield from _section(section)
    if notes.reasons:
        yield from ("", "## Why numbers are missing", "")
    for number, reason in enumerate(notes.reasons, start=1):
        yield f"{number}. {escaped(reason)}"


def _without_folds(section: Section) -> Section:
    """The section with a sentence in place of each folded table."""
    blocks = [
        Told(f"{block.fold}: {wording.plural(len(block.lines), 'row')}, on the page.")
        if isinstance(block, Table) and block.fold
        else block
        for block in section.blocks
    ]
    return replace(section, blocks=blocks)


def _section(section: Section) -> Iterator[str]:
    yield f"## {escaped(section.title)}"
    yield ""
    yield _paragraph(section.intro)
    for block in section.blocks:
        yield ""
        yield from _DRAWN[type(block)](block)


def _table(table: Table) -> Iterator[str]:
    """What is bad comes first, what says little last."""
    if table.fold:
        yield from ("<details>", f"<summary>{escaped(table.fold)} ({len(table.lines):,})</summary>", "")
    if table.caption:
        yield from (_paragraph(table.caption), "")
    yield _row(map(_header, table.columns))
    yield _row(":---" if column.name else "---:" for column in table.columns)
    for line in sorted(table.lines, key=lambda line: (not _is_bad(line), line.quiet)):
        yield _row([*map(escaped, line.names), *map(_cell, line.cells)])
    if table.fold:
        yield from ("", "</details>")


def _counts(counts: Counts) -> Iterator[str]:
    yield escaped(" · ".join(f"{sign} {number:,} {what}" for sign, number, what in counts.items))


def _told(block: Told) -> Iterator[str]:
    yield _paragraph(block.text)


def _figure(figure: Figure) -> Iterator[str]:
    yield f"*Drawn on the page (index.html):* {escaped(figure.caption)}"


_DRAWN: Mapping[type[Block], Callable[..., Iterator[str]]] = {
    Table: _table,
    Counts: _counts,
    Told: _told,
    Figure: _figure,
}


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _header(column: Column) -> str:
    return "<br>".join(escaped(part) for part in (column.label, column.detail) if part)


def _cell(cell: Cell) -> str:
    text = _MARKED.get(cell.css, "{}").format(escaped(cell.text))
    number = "" if cell.note is None else f"<sup>{cell.note}</sup>"
    return " ".join(part for part in (f"{text}{number}", escaped(cell.detail)) if part)


def _is_bad(line: Line) -> bool:
    return any(cell.css == "bad" for cell in line.cells)
