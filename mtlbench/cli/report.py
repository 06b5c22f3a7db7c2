"""`mtlbench report`: a run's leaderboard, drawn again from results.json, or the run in another format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mtlbench.cli.formats import Format
from mtlbench.cli.options import SAMPLES, Force, Samples


def report(
    run: Path,
    /,
    *,
    format: Format = "page",
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    suite: Path | None = None,
    samples: Samples = SAMPLES,
    force: Force = False,
) -> int:
    """Draw a run's leaderboard again, in the terminal and as index.html; or write the run in another format.

    Parameters
    ----------
    run
        A run's folder, or a folder of runs, of which the newest counts.
    format
        Of the run: page; markdown, for pull requests and model cards; latex, a booktabs table; csv and parquet, a table for
        each list of results.json; hf, for the Hugging Face Hub. Of the gate's verdict: comment, in Markdown; junit, XML;
        github, annotations, job summary and outputs in GitHub Actions.
    output
        File to write to, or folder, of csv, parquet and hf; by default a file's text is printed.
    suite
        The suite file at whose lines github's annotations point.
    """
    from mtlbench.cli.finish import finish
    from mtlbench.cli.formats import write_format
    from mtlbench.results import find_run
    from mtlbench.suite.faults import InputError

    folder = find_run(run)
    if format != "page":
        write_format(format, folder, output, suite)
        return 0
    if output is not None or suite is not None:
        raise InputError("--output and --suite go with another --format than page")
    return finish(folder, folder.read_results(), samples, force=force)
