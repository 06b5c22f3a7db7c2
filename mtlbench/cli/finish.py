"""The end of every command that has results: the page on disk, the leaderboard in the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mtlbench.cli.app import INCOMPLETE

if TYPE_CHECKING:
    from mtlbench.results import Results, RunFolder


def finish(folder: RunFolder, results: Results) -> int:
    """Draw the results; returns the exit code, which does not depend on the scores."""
    from mtlbench.report.console import open_console
    from mtlbench.report.html import write_page
    from mtlbench.report.terminal import leaderboard

    write_page(results, folder.page_path)
    leaderboard(results, open_console(sys.stdout))
    print(f"\nleaderboard  {folder.page_path}\nresults      {folder.results_path}")
    return 0 if results.status == "complete" else INCOMPLETE
