"""`mtlbench leaderboard`: many runs as one site, and the small records of them that go into git."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mtlbench.cli.options import SAMPLES, Force, Samples, most_samples


def leaderboard(
    *runs: Path,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    export: Path | None = None,
    samples: Samples = SAMPLES,
    force: Force = False,
) -> int:
    """Put runs, and records of runs, on one leaderboard; or export runs as records.

    Parameters
    ----------
    runs
        Folders of runs, folders of records, or folders of any of them.
    output
        Folder to write the site to; its first page is index.html.
    export
        Folder of records to add the runs' models to, each as SUITE/MODEL/REVISION.json: scores and intervals, no examples.
    """
    from mtlbench.board import export_records, publish
    from mtlbench.suite.faults import InputError

    if output is None and export is None:
        raise InputError("there is nothing to write", "--output FOLDER writes the site, --export FOLDER the records")
    if export is not None:
        for path in export_records(runs, export):
            print(path)
    if output is not None:
        boards = publish(runs, output, samples=most_samples(samples), force=force)
        for board in boards:
            ranked = sum(row.rank is not None for row in board.results.overall)
            models, apart = len(board.results.models), len(board.apart)
            print(f"{board.results.suite.name}: {ranked} of {models} models ranked, {apart} shown apart")
        print(f"\nleaderboard  {output / 'index.html'}")
    return 0
