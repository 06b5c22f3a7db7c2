"""`mtlbench compare`: models of several runs on the same rows; what differs between the runs comes first."""

from __future__ import annotations

import sys
from pathlib import Path


def compare(*runs: str, tasks: str | None = None, common: bool = False, json: Path | None = None) -> int:
    """Compare models of two or more runs, each with the first, or two models of one run.

    Parameters
    ----------
    runs
        Folders of runs, or of several runs, of which the newest counts; RUN:MODEL chooses a model. A run's only model need
        not be named; of runs with several, those of the same name are compared.
    tasks
        Names of tasks, separated by commas; default all.
    common
        Where runs hold different rows of a task, compare those that both hold.
    json
        A file to write the comparison to.
    """
    from mtlbench.cli.options import split_names
    from mtlbench.report.compare import print_comparison
    from mtlbench.report.console import open_console
    from mtlbench.results.files import write_text
    from mtlbench.scoring import compare as compare_runs

    found = compare_runs(runs, split_names(tasks), common)
    if json is not None:
        write_text(json, found.model_dump_json(indent=1) + "\n")
    print_comparison(found, open_console(sys.stdout))
    return 0
