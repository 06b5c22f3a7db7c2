"""`mtlbench report`: a run's leaderboard, drawn again from results.json."""

from __future__ import annotations

from pathlib import Path


def report(run: Path, /) -> int:
    """Draw a run's leaderboard again, in the terminal and as index.html.

    Parameters
    ----------
    run
        A run's folder, or a folder of runs, of which the newest counts.
    """
    from mtlbench.cli.finish import finish
    from mtlbench.results import find_run

    folder = find_run(run)
    return finish(folder, folder.read_results())
