"""The site of many runs: a board for each suite, and the page of each run whose results are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from mtlbench.board.draws import shared_draws
from mtlbench.board.entry import Entry, Source, entries
from mtlbench.board.merge import Board, merge
from mtlbench.board.sections import views
from mtlbench.report import reading, wording
from mtlbench.report.cells import Cell
from mtlbench.report.html import Material, read_material, render_sections, write_site
from mtlbench.report.section import Column, Figure, Line, Section, Table, names
from mtlbench.results.files import write_text

INDEX = "index.html"
FEW_SAMPLES = 50


def publish(
    sources: Sequence[Source], site: Path | str, *, samples: int | None = FEW_SAMPLES, force: bool = False
) -> list[Board]:
    """Write the leaderboard of runs and records to a folder; returns a board for each suite, by name.

    A source is a run's folder or its Results, a published record, or a folder of any of these. The board of a single
    suite is the site's `index.html`; of several, each lies in a folder of the suite's name. `samples`: examples of each
    task on the pages of runs; None for all.
    """
    home = Path(site)
    found = sorted(entries(sources), key=lambda entry: entry.record.suite.name)
    boards = [merge(list(each)) for _, each in groupby(found, key=lambda entry: entry.record.suite.name)]
    if len(boards) == 1:
        _write_board(boards[0], home, samples, force)
        return boards
    for board in boards:
        _write_board(board, home / board.results.suite.name, samples, force)
    write_text(home / INDEX, render_sections("Leaderboards", [_overview(boards)]))
    return boards


def _write_board(board: Board, home: Path, samples: int | None, force: bool) -> None:
    pages = {}
    for entry in {each.record.run.id: each for each in board.entries if each.results is not None}.values():
        pages[entry.record.run.id] = _write_run(entry, home, samples, force)
    write_site(
        board.results,
        home,
        Material(shared_draws(board.shown, board.results.tasks), views=views(board, pages)),
        force=force,
    )


def _write_run(entry: Entry, home: Path, samples: int | None, force: bool) -> str:
    """The page of the entry's run; returns where it lies, seen from the board's."""
    assert entry.results is not None
    folder = Path("runs", entry.record.run.id)
    material = read_material(entry.folder, entry.results, samples) if entry.folder else Material()
    write_site(entry.results, home / folder, material, force=force)
    return (folder / INDEX).as_posix()


def _overview(boards: Sequence[Board]) -> Section:
    columns = [
        *names("Suite", "Highest overall score"),
        Column("Overall", sortable=False),
        Column("Models", sortable=False),
    ]
    links = [(board.results.suite.name, f"{board.results.suite.name}/{INDEX}") for board in boards]
    return Section(
        "suites",
        "Suites",
        "Each suite has a board of its own: scores of different suites are not to be compared.",
        [
            Figure("Boards", "links.html", links),
            Table("What stands first", columns, [_line(board) for board in boards]),
        ],
    )


def _line(board: Board) -> Line:
    first = reading.standings(board.results)[0]
    ranked = first.rank is not None
    cells = [
        Cell(wording.score(first.value), wording.span(first.ci_low, first.ci_high)),
        Cell(wording.count(len(board.results.models))),
    ]
    return Line([board.results.suite.name, first.model if ranked else "none is ranked"], cells)
